// @libp2p/gossipsub 17.1.1: a peer that was removed after one of its streams failed is remembered in acceptFromWhitelist for ever.
//
//   npm install @libp2p/gossipsub@17.1.1 @libp2p/crypto @libp2p/peer-id @libp2p/utils @multiformats/multiaddr it-length-prefixed
//   node repro.mjs [peers]
import { generateKeyPair } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import { RPC } from '@libp2p/gossipsub/message';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { streamPair } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { encode } from 'it-length-prefixed';
import { setTimeout as pause } from 'node:timers/promises';

const peers = Number(process.argv[2] ?? 50);
const log = Object.assign(() => {}, { enabled: false, error: () => {}, trace: () => {}, newScope: () => log });
let topology;
let handler;
const privateKey = await generateKeyPair('Ed25519');
const pubsub = gossipsub()({
  privateKey,
  peerId: peerIdFromPrivateKey(privateKey),
  logger: { forComponent: () => log },
  registrar: {
    handle: async (_protocol, registered) => {
      handler = registered;
    },
    unhandle: async () => {},
    register: async (_protocol, registered) => {
      topology = registered;
      return 'id';
    },
    unregister: () => {},
  },
  peerStore: { merge: async () => {} },
  connectionManager: {},
});
await pubsub.start();

for (let index = 0; index < peers; index++) {
  const remotePeer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
  const remoteAddr = multiaddr(`/ip4/10.0.0.${index}/tcp/4001`);
  const newStream = async () => {
    throw new Error('not needed here');
  };
  const connection = { remotePeer, remoteAddr, direction: 'inbound', status: 'open', newStream };
  topology.onConnect(remotePeer, connection);
  // The peer opens a stream, then another one, which takes the place of the first; the first stays open for reading.
  const [first, firstHere] = await streamPair({ protocol: '/meshsub/1.2.0' });
  handler(firstHere, connection);
  const [second, secondHere] = await streamPair({ protocol: '/meshsub/1.2.0' });
  handler(secondHere, connection);
  await pause(5);
  // It resets the second: gossipsub removes the peer.
  second.abort(new Error('gave up'));
  await pause(5);
  if (pubsub.peers.has(remotePeer.toString())) throw new Error('expected the peer to be removed');
  // What it had sent on the first arrives.
  first.send(encode.single(RPC.encode({ subscriptions: [], messages: [] })));
  await pause(5);
  first.abort(new Error('over'));
  await pause(5);
  topology.onDisconnect(remotePeer);
}
const left = pubsub.acceptFromWhitelist.size;
console.log(`${peers} peers gone: connected ${pubsub.getPeers().length}, acceptFromWhitelist ${left}, expected 0`);
await pubsub.stop();
process.exitCode = left === 0 ? 0 : 1;
