// Discovery: nodes announce themselves to all others, as by multicast DNS (RFC 6762), and each keeps who it heard of.
// Invariant: an entry is there only while its announcement is younger than its lifetime.
import type { Network } from '../../sim/network/network.ts';
import { DatagramNetwork } from '../../sim/network/datagrams.ts';
import { METER } from '../../sim/meters.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Executor } from '../../sim/tasks/executor.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { Oneshot } from '../../sim/tasks/sync.ts';
import { timeout } from '../../sim/tasks/timers.ts';

/** Pause before a question that nobody answered is asked again, in microseconds; it doubles (RFC 6762, section 5.2). */
const FIRST_PAUSE_US = 1_000_000;

/** Wire size of an announcement with its addresses, in bytes. */
const ANNOUNCEMENT_BYTES = 180;

/** A datagram of discovery. */
export interface Announcement {
  readonly kind: 'announcement';
  readonly peer: PeerId;
  /** Number of the announcer's life: a peer that restarted is another to join. */
  readonly epoch: number;
  /** True when the announcer has just come and wants to know who is there. */
  readonly asks: boolean;
  /** True when it leaves. */
  readonly leaves: boolean;
}

/** The multicast domain that all nodes of a world share. */
export class DiscoveryDomain {
  private readonly datagrams: DatagramNetwork;

  constructor(network: Network) {
    this.datagrams = new DatagramNetwork(network);
  }

  /** Announces `from` to every other running node. */
  announce(from: Node, change: { asks?: boolean; leaves?: boolean } = {}): void {
    const { asks = false, leaves = false } = change;
    const announcement: Announcement = { kind: 'announcement', peer: from.peer, epoch: from.serial, asks, leaves };
    for (const node of from.simulation.running()) {
      if (node !== from) this.datagrams.send(from, node.peer, announcement, ANNOUNCEMENT_BYTES);
    }
  }

  /** Announces `from` to one that asked. */
  answer(from: Node, to: PeerId): void {
    const announcement: Announcement = {
      kind: 'announcement',
      peer: from.peer,
      epoch: from.serial,
      asks: false,
      leaves: false,
    };
    this.datagrams.send(from, to, announcement, ANNOUNCEMENT_BYTES);
  }
}

/** What is known of a discovered peer. */
export interface Discovered {
  epoch: number;
  /** When it was last heard of; virtual microseconds. */
  seenUs: number;
}

/** The peers that one node has discovered. */
export class DiscoveredPeers {
  readonly peers = new Map<PeerId, Discovered>();
  /** Called before anybody is added or forgotten; true when it is somebody new, or in a new life. */
  onChange: ((isNews: boolean) => void) | undefined = undefined;
  private readonly node: Node;
  /** Sent when the node hears of anybody for the first time. */
  private readonly heard = new Oneshot<void>();

  constructor(node: Node) {
    this.node = node;
  }

  /**
   * Waits until the node has heard of somebody, and asks again meanwhile: a question or its answers may be lost. Over a
   * network that loses nothing a node with others asks once.
   *
   * @param untilUs - Pause at which it gives up, in microseconds: what is announced regularly takes its place.
   */
  *askUntilHeard(executor: Executor, untilUs: number, ask: () => void): TaskBody<void> {
    for (let pauseUs = FIRST_PAUSE_US; pauseUs < untilUs; pauseUs *= 2) {
      const heard = yield* timeout(executor, pauseUs, this.heard.recv());
      if (heard.kind === 'value') return;
      ask();
    }
  }

  /** Takes an announcement of another node. */
  hear({ peer, epoch, leaves }: Announcement): void {
    if (leaves) {
      this.forget(peer);
      return;
    }
    const { simulation } = this.node;
    const known = this.peers.get(peer);
    if (known !== undefined && known.epoch >= epoch) {
      known.seenUs = simulation.nowUs;
      return;
    }
    this.onChange?.(true);
    this.heard.send();
    this.peers.set(peer, { epoch, seenUs: simulation.nowUs });
    simulation.meters.counts[METER.discoveries]!++;
  }

  /** Forgets those that were not heard of for `lifetimeUs`. */
  expire(lifetimeUs: number): void {
    const { nowUs } = this.node.simulation;
    for (const [peer, { seenUs }] of this.peers) if (nowUs - seenUs > lifetimeUs) this.forget(peer);
  }

  private forget(peer: PeerId): void {
    if (!this.peers.has(peer)) return;
    this.onChange?.(false);
    this.peers.delete(peer);
  }
}
