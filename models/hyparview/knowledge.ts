// What a HyParView node knows of peers that are not its neighbours: the passive view, alive marks and peer data.
// Invariant: data is kept of active, passive and pending peers alone, marks of passive ones, unless a defect is on.
import type { PeerId } from '../../sim/peer.ts';
import { addPeer, removePeer } from '../peer-list.ts';
import type { HyParViewConfig, HyParViewDefects, HyParViewIo, PeerData, PeerInfo } from './contract.ts';
import { isKnown, isPending, removePassive } from './state.ts';
import type { HyParViewState } from './state.ts';

/** The rules by which peers enter and leave the passive view; holds no state of a node. */
export class Knowledge {
  private readonly capacity: number;
  private readonly keepsDataOnPassiveEviction: boolean;
  private readonly keepsDataOnNeighborTimeout: boolean;
  private readonly keepsDataOnActiveDiscard: boolean;

  constructor(config: HyParViewConfig, defects: HyParViewDefects) {
    this.capacity = config.passiveViewCapacity;
    this.keepsDataOnPassiveEviction = defects['hyparview-data-kept-on-passive-eviction'] ?? false;
    this.keepsDataOnNeighborTimeout = defects['hyparview-data-kept-on-neighbor-timeout'] ?? false;
    this.keepsDataOnActiveDiscard = defects['hyparview-data-kept-on-active-discard'] ?? false;
  }

  /** Adds each of `nodes` that is neither this node nor a neighbour; a full view drops a random peer for each. */
  addAll(state: HyParViewState, nodes: readonly PeerInfo[], io: HyParViewIo): void {
    for (const { peer, data } of nodes) this.add(state, peer, data, io);
  }

  /** As {@link addAll}, of one peer. */
  add(state: HyParViewState, peer: PeerId, data: PeerData | undefined, io: HyParViewIo): void {
    if (peer === state.me || state.active.includes(peer)) return;
    const { passive } = state;
    if (!passive.includes(peer)) {
      if (this.capacity === 0) return;
      if (passive.length >= this.capacity) {
        const dropped = passive[io.random.below(passive.length)] as PeerId;
        if (this.keepsDataOnPassiveEviction) leaveTraces(state, dropped);
        else this.remove(state, dropped);
      }
      // A node that knew nobody to ask has waited for this.
      if (passive.length === 0) state.patience = 1;
      passive.push(peer);
    }
    this.learn(state, peer, data, io);
  }

  /** Takes a peer out of the passive view. True when it was there. */
  remove(state: HyParViewState, peer: PeerId): boolean {
    const wasPassive = removePassive(state, peer);
    this.forget(state, peer);
    return wasPassive;
  }

  /** A peer has not answered a request in time. */
  removeSilent(state: HyParViewState, peer: PeerId): void {
    if (this.keepsDataOnNeighborTimeout) leaveTraces(state, peer);
    else this.remove(state, peer);
  }

  /** Keeps a former neighbour, which stays in the overlay, as a passive peer. */
  keep(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    this.add(state, peer, undefined, io);
    if (state.passive.includes(peer)) this.markAlive(state, peer);
    else this.forget(state, peer);
  }

  /** Notes that a passive peer ended an edge and lives: the close of that link does not count against it. */
  markAlive(state: HyParViewState, peer: PeerId): void {
    addPeer(state.aliveDisconnect, peer);
  }

  /** Drops a former neighbour that is gone. */
  discard(state: HyParViewState, peer: PeerId): void {
    if (!this.keepsDataOnActiveDiscard) this.forget(state, peer);
  }

  /** Stores the data of a peer that is active, passive or pending. */
  learn(state: HyParViewState, peer: PeerId, data: PeerData | undefined, io: HyParViewIo): void {
    if (data === undefined || state.peerData?.get(peer) === data) return;
    state.peerData ??= new Map();
    state.peerData.set(peer, data);
    io.emit({ kind: 'peer-data', peer, data });
  }

  /** Drops the data of a peer that is in no view and not pending. */
  forget(state: HyParViewState, peer: PeerId): void {
    if (state.peerData !== undefined && !isKnown(state, peer)) state.peerData.delete(peer);
  }

  /** A random passive peer that is not pending and, if `skipRefused`, has not refused. */
  pick(state: HyParViewState, skipRefused: boolean, io: HyParViewIo): PeerId | undefined {
    const { passive } = state;
    if (passive.length === 0) return undefined;
    // Most peers will do, so a list of those that do is seldom needed; either way each is equally likely.
    for (let tries = 0; tries < 4; tries++) {
      const peer = passive[io.random.below(passive.length)] as PeerId;
      if (canBeAsked(state, peer, skipRefused)) return peer;
    }
    return io.random.pick(passive.filter((peer) => canBeAsked(state, peer, skipRefused)));
  }

  /** What `state.me` tells `target` in a Shuffle: itself, some neighbours, some passive peers (paper, section 4.4). */
  sampleOfBoth(
    state: HyParViewState,
    target: PeerId,
    activeCount: number,
    passiveCount: number,
    io: HyParViewIo,
  ): PeerInfo[] {
    const nodes: PeerInfo[] = [{ peer: state.me, data: state.data }];
    describe(state, io.random.sample(without(state.active, target), activeCount), nodes);
    describe(state, io.random.sample(state.passive, passiveCount), nodes);
    return nodes;
  }

  /** Up to `count` peers for `target`: passive ones first, topped up with neighbours. */
  sampleFor(state: HyParViewState, target: PeerId, count: number, io: HyParViewIo): PeerInfo[] {
    const nodes: PeerInfo[] = [];
    describe(state, io.random.sample(without(state.passive, target), count), nodes);
    if (nodes.length < count) {
      describe(state, io.random.sample(without(state.active, target), count - nodes.length), nodes);
    }
    return nodes;
  }
}

/** As shipped: out of the view, but neither its data nor its alive mark goes. */
function leaveTraces(state: HyParViewState, peer: PeerId): void {
  removePeer(state.passive, peer);
  removePeer(state.refused, peer);
}

function canBeAsked(state: HyParViewState, peer: PeerId, skipRefused: boolean): boolean {
  return !isPending(state, peer) && !(skipRefused && state.refused.includes(peer));
}

function describe(state: HyParViewState, peers: readonly PeerId[], into: PeerInfo[]): void {
  for (const peer of peers) into.push({ peer, data: state.peerData?.get(peer) });
}

function without(peers: readonly PeerId[], excluded: PeerId): PeerId[] {
  return peers.filter((peer) => peer !== excluded);
}
