// Packets as the network sees them: their size on the wire and their kind.
// Invariant: a size depends on the packet alone; it is an estimate of a compact binary encoding.
import type { HyParViewMessage, PeerData, PeerInfo } from '../hyparview/contract.ts';
import type { Content, PlumtreeMessage } from '../plumtree/contract.ts';
import type { Packet } from './contract.ts';

/** Length prefix, topic id and tag. */
const HEADER_BYTES = 4 + 32 + 1;
/** A peer id is a public key, a message id a hash. */
const ID_BYTES = 32;
const SMALL_BYTES = 2;

/** Kind of the message in a packet, such as `gossip` or `forward-join`. */
export function messageKind(packet: Packet): (HyParViewMessage | PlumtreeMessage)['kind'] {
  return packet.message.kind;
}

/** Rough size of a packet on the wire in bytes: 32 per id, the length of payload and peer data, small headers. */
export function messageBytes({ message }: Packet): number {
  switch (message.kind) {
    case 'gossip':
      return HEADER_BYTES + ID_BYTES + SMALL_BYTES + SMALL_BYTES + lengthOf(message.content);
    case 'ihave':
      return HEADER_BYTES + SMALL_BYTES + message.announcements.length * (ID_BYTES + SMALL_BYTES);
    case 'graft':
      return HEADER_BYTES + SMALL_BYTES + (message.id === undefined ? 1 : ID_BYTES + 1);
    case 'prune':
      return HEADER_BYTES;
    case 'join':
      return HEADER_BYTES + dataBytes(message.data);
    case 'forward-join':
      return HEADER_BYTES + ID_BYTES + SMALL_BYTES + dataBytes(message.data);
    case 'neighbor':
      return HEADER_BYTES + SMALL_BYTES + dataBytes(message.data);
    case 'shuffle':
      return HEADER_BYTES + ID_BYTES + SMALL_BYTES + nodesBytes(message.nodes);
    case 'shuffle-reply':
      return HEADER_BYTES + nodesBytes(message.nodes);
    case 'disconnect':
      return HEADER_BYTES + 1;
  }
}

function nodesBytes(nodes: readonly PeerInfo[]): number {
  let bytes = SMALL_BYTES;
  for (const { data } of nodes) bytes += ID_BYTES + dataBytes(data);
  return bytes;
}

function dataBytes(data: PeerData | undefined): number {
  return data === undefined ? 1 : 1 + SMALL_BYTES + lengthOf(data);
}

/** Strings count as one byte per code unit. */
function lengthOf(content: Content): number {
  return content.length;
}
