// Plumtree: epidemic broadcast over a tree of eager links that lazy announcements repair, as a reducer without I/O.
// Leitao, Pereira, Rodrigues, "Epidemic broadcast trees" (SRDS 2007, TR-07-14), as iroh-gossip 0.101 runs it; where
// this leaves either, the comment there says so.
// Invariant: after every event `checkPlumtree` holds, unless a defect is on.
import type { PeerId } from '../sim/peer.ts';
import { addPeer, removeAt, removePeer } from './peer-list.ts';
import type {
  Announcement,
  Content,
  Gossip,
  Graft,
  IHave,
  PlumtreeConfig,
  PlumtreeDefects,
  PlumtreeInput,
  PlumtreeIo,
  PlumtreeMessage,
  PlumtreeTimer,
  Prune,
} from './plumtree/contract.ts';
import { initialPlumtree, isNeighbour, NO_TIMER } from './plumtree/state.ts';
import type { MissingMessage, PlumtreeState, QueuedAnnouncement } from './plumtree/state.ts';

const PRUNE: Prune = { kind: 'prune' };
const DISPATCH: PlumtreeTimer = { kind: 'dispatch' };
const EVICT_CACHE: PlumtreeTimer = { kind: 'evict-cache' };

/**
 * A Plumtree node's behaviour, shared by all nodes of one configuration; it holds no state of any of them.
 *
 * @param defects - Faults to reinstate; default none.
 */
export function createPlumtree(config: PlumtreeConfig, defects: PlumtreeDefects = {}): Plumtree {
  return new Plumtree(config, defects);
}

/** See {@link createPlumtree}. */
export class Plumtree {
  readonly config: PlumtreeConfig;
  private readonly keepsLazyQueue: boolean;
  private readonly keepsSeenIds: boolean;
  private readonly keepsMissing: boolean;
  private readonly revivesPeers: boolean;

  constructor(config: PlumtreeConfig, defects: PlumtreeDefects) {
    this.config = config;
    this.keepsLazyQueue = defects['plumtree-lazy-queue-kept'] ?? false;
    this.keepsSeenIds = defects['plumtree-seen-ids-never-expire'] ?? false;
    this.keepsMissing = defects['plumtree-missing-unbounded'] ?? false;
    this.revivesPeers = defects['plumtree-late-message-revives-peer'] ?? false;
  }

  /** The state of a node before its first event. */
  initial(): PlumtreeState {
    return initialPlumtree();
  }

  /** Handles one event: changes `state` in place and acts through `io`. Keeps neither `input` nor a part of it. */
  handle(state: PlumtreeState, input: PlumtreeInput, io: PlumtreeIo): void {
    switch (input.kind) {
      case 'message':
        this.onMessage(state, input.from, input.message, io);
        return;
      case 'timer':
        this.onTimer(state, input.timer, io);
        return;
      case 'neighbour-up':
        removePeer(state.lazy, input.peer);
        addPeer(state.eager, input.peer);
        return;
      case 'neighbour-down':
        this.onNeighbourDown(state, input.peer, io);
        return;
      case 'broadcast':
        this.broadcast(state, input.id, input.content, io);
        return;
      case 'quit':
        this.quit(state, io);
    }
  }

  private onMessage(state: PlumtreeState, from: PeerId, message: PlumtreeMessage, io: PlumtreeIo): void {
    switch (message.kind) {
      case 'gossip':
        this.onGossip(state, from, message, io);
        return;
      case 'ihave':
        this.onIHave(state, from, message, io);
        return;
      case 'graft':
        this.onGraft(state, from, message, io);
        return;
      case 'prune':
        this.makeLazy(state, from);
    }
  }

  private onTimer(state: PlumtreeState, timer: PlumtreeTimer, io: PlumtreeIo): void {
    switch (timer.kind) {
      case 'send-graft':
        this.sendGraft(state, timer.id, io);
        return;
      case 'dispatch':
        this.dispatch(state, io);
        return;
      case 'evict-cache':
        this.evict(state, io);
    }
  }

  // Pushing (paper, section 3.3)

  private broadcast(state: PlumtreeState, id: string, content: Content, io: PlumtreeIo): void {
    if (wasReceived(state, id)) return;
    this.remember(state, id, content, 0, io);
    this.push(state, undefined, id, content, 0, io);
  }

  private onGossip(state: PlumtreeState, from: PeerId, message: Gossip, io: PlumtreeIo): void {
    const { id, content } = message;
    if (wasReceived(state, id)) {
      io.emit({ kind: 'duplicate', id, from });
      // To prune a peer that is no neighbour would open a link that nobody uses or closes.
      if (this.makeLazy(state, from)) io.send(from, PRUNE);
      return;
    }
    const round = message.round + 1;
    this.remember(state, id, content, round, io);
    this.push(state, from, id, content, round, io);
    const missing = state.missing?.get(id);
    if (missing !== undefined) {
      if (missing.timer !== NO_TIMER) io.cancelTimer(missing.timer);
      this.optimize(state, from, message.round, missing, io);
      state.missing?.delete(id);
    }
    // The paper makes the sender eager here. As in 0.101 it stays what it is: a lazy one was grafted for this payload,
    // which made it eager, or takes this side for eager, which is its own to change.
    io.emit({ kind: 'deliver', id, hops: round, from });
  }

  private remember(state: PlumtreeState, id: string, content: Content, round: number, io: PlumtreeIo): void {
    state.received ??= new Map();
    state.received.set(id, io.nowUs);
    state.latest = id;
    state.cache ??= new Map();
    state.cache.set(id, { content, round, receivedUs: io.nowUs });
    if (state.evictionTimer === NO_TIMER) this.armEviction(state, io);
  }

  private push(
    state: PlumtreeState,
    from: PeerId | undefined,
    id: string,
    content: Content,
    round: number,
    io: PlumtreeIo,
  ): void {
    const { eager, lazy, lazyQueue } = state;
    if (eager.length > 0) {
      const message: Gossip = { kind: 'gossip', id, content, round };
      for (const peer of eager) if (peer !== from) io.send(peer, message);
    }
    for (const peer of lazy) if (peer !== from) lazyQueue.push({ peer, id, round });
    if (state.dispatchTimer === NO_TIMER && lazyQueue.length > 0) {
      state.dispatchTimer = io.setTimer(this.config.dispatchTimeoutUs, DISPATCH);
    }
  }

  /** Sends what is queued, in one message per peer, in order of each peer's first announcement. */
  private dispatch(state: PlumtreeState, io: PlumtreeIo): void {
    const queue = state.lazyQueue;
    state.dispatchTimer = NO_TIMER;
    let shared: IHave | undefined;
    for (let first = 0; first < queue.length; first++) {
      const { peer, id, round } = queue[first] as QueuedAnnouncement;
      if (placeOf(queue, peer) < first) continue;
      const announcements: Announcement[] = [{ id, round }];
      for (let place = first + 1; place < queue.length; place++) {
        const queued = queue[place] as QueuedAnnouncement;
        if (queued.peer === peer) announcements.push({ id: queued.id, round: queued.round });
      }
      // Mostly one message is announced to all lazy peers: they are sent one object.
      if (shared === undefined || !isSame(shared.announcements, announcements))
        shared = { kind: 'ihave', announcements };
      io.send(peer, shared);
    }
    // Last, so that while a send opens a link the state still says why.
    state.lazyQueue = [];
  }

  // Repairing (paper, section 3.4)

  private onIHave(state: PlumtreeState, from: PeerId, message: IHave, io: PlumtreeIo): void {
    // Otherwise the graft timer would make a peer eager that went down before.
    if (!this.revivesPeers && !isNeighbour(state, from)) return;
    for (const { id, round } of message.announcements) {
      if (wasReceived(state, id)) continue;
      state.missing ??= new Map();
      let missing = state.missing.get(id);
      if (missing === undefined) {
        const timer = io.setTimer(this.config.graftTimeoutUs, { kind: 'send-graft', id });
        missing = { advertisers: [{ peer: from, round }], timer };
        state.missing.set(id, missing);
        continue;
      }
      // Beyond 0.101: one that repeats itself gains nothing and takes no room.
      if (placeOf(missing.advertisers, from) < 0) missing.advertisers.push({ peer: from, round });
      if (missing.timer === NO_TIMER) {
        missing.timer = io.setTimer(this.config.graftTimeoutUs, { kind: 'send-graft', id });
      }
    }
  }

  private sendGraft(state: PlumtreeState, id: string, io: PlumtreeIo): void {
    const missing = state.missing?.get(id);
    if (missing === undefined) return;
    missing.timer = NO_TIMER;
    const advertiser = missing.advertisers[0];
    if (advertiser === undefined) return;
    const { peer, round } = advertiser;
    removeAt(missing.advertisers, 0);
    this.makeEager(state, peer);
    io.send(peer, { kind: 'graft', id, round });
    // As shipped the entry outlives its last advertiser: nothing ever takes it out but the message itself.
    if (missing.advertisers.length === 0 && !this.keepsMissing) state.missing?.delete(id);
    else missing.timer = io.setTimer(this.config.nextGraftTimeoutUs, { kind: 'send-graft', id });
  }

  private onGraft(state: PlumtreeState, from: PeerId, message: Graft, io: PlumtreeIo): void {
    const { id } = message;
    const isEager = this.makeEager(state, from);
    if (id === undefined) return;
    const cached = state.cache?.get(id);
    if (cached === undefined) return;
    // A peer that is no neighbour is answered only over a link that is there. One opened for the answer would serve no
    // neighbour, so no membership event would ever close it; and a peer that is gone would be dialled.
    if (isEager || io.linked(from)) io.send(from, { kind: 'gossip', id, content: cached.content, round: cached.round });
  }

  /** Paper, section 3.5: a much shorter way was announced than the one that the payload took. */
  private optimize(state: PlumtreeState, from: PeerId, round: number, missing: MissingMessage, io: PlumtreeIo): void {
    for (const advertiser of missing.advertisers) {
      if (round - advertiser.round < this.config.optimizationThreshold) continue;
      const { peer } = advertiser;
      if (peer === from) continue;
      if (this.makeEager(state, peer)) io.send(peer, { kind: 'graft', id: undefined, round: advertiser.round });
      if (this.makeLazy(state, from)) io.send(from, PRUNE);
      return;
    }
  }

  // Eager and lazy peers

  /** False for a peer that is no neighbour: it is not moved. */
  private makeEager(state: PlumtreeState, peer: PeerId): boolean {
    if (state.eager.includes(peer)) return true;
    if (!removePeer(state.lazy, peer) && !this.revivesPeers) return false;
    state.eager.push(peer);
    return true;
  }

  /** As {@link makeEager}. */
  private makeLazy(state: PlumtreeState, peer: PeerId): boolean {
    if (state.lazy.includes(peer)) return true;
    if (!removePeer(state.eager, peer) && !this.revivesPeers) return false;
    state.lazy.push(peer);
    return true;
  }

  private onNeighbourDown(state: PlumtreeState, peer: PeerId, io: PlumtreeIo): void {
    removePeer(state.eager, peer);
    removePeer(state.lazy, peer);
    if (!this.keepsLazyQueue && state.lazyQueue.length > 0) {
      state.lazyQueue = state.lazyQueue.filter((queued) => queued.peer !== peer);
      if (state.lazyQueue.length === 0) {
        io.cancelTimer(state.dispatchTimer);
        state.dispatchTimer = NO_TIMER;
      }
    }
    if (state.missing === undefined || state.missing.size === 0) return;
    const ids = [...state.missing.keys()];
    for (const id of ids) this.dropAdvertiser(state, id, peer, io);
  }

  private dropAdvertiser(state: PlumtreeState, id: string, peer: PeerId, io: PlumtreeIo): void {
    const missing = state.missing?.get(id);
    if (missing === undefined) return;
    const place = placeOf(missing.advertisers, peer);
    if (place < 0) return;
    removeAt(missing.advertisers, place);
    if (missing.advertisers.length > 0 || this.keepsMissing) return;
    if (missing.timer !== NO_TIMER) io.cancelTimer(missing.timer);
    state.missing?.delete(id);
  }

  // Forgetting

  /**
   * Sleeps until something is due. 0.101 sweeps every interval: the same drops at the same times, but the sweeps
   * between that find nothing would be most events of a large run.
   */
  private armEviction(state: PlumtreeState, io: PlumtreeIo): void {
    const { payloadRetentionUs, idRetentionUs, evictionIntervalUs } = this.config;
    let dueUs = Infinity;
    for (const { receivedUs } of state.cache?.values() ?? []) {
      dueUs = receivedUs + payloadRetentionUs;
      break;
    }
    if (!this.keepsSeenIds) {
      for (const receivedUs of state.received?.values() ?? []) {
        dueUs = Math.min(dueUs, receivedUs + idRetentionUs);
        break;
      }
    }
    if (dueUs === Infinity) return;
    const intervals = Math.max(1, Math.ceil((dueUs - io.nowUs) / evictionIntervalUs));
    state.evictionTimer = io.setTimer(intervals * evictionIntervalUs, EVICT_CACHE);
  }

  private evict(state: PlumtreeState, io: PlumtreeIo): void {
    const { payloadRetentionUs, idRetentionUs } = this.config;
    state.evictionTimer = NO_TIMER;
    const old: string[] = [];
    for (const [id, { receivedUs }] of state.cache ?? []) {
      if (receivedUs + payloadRetentionUs > io.nowUs) break;
      old.push(id);
    }
    for (const id of old) state.cache?.delete(id);
    if (!this.keepsSeenIds) {
      old.length = 0;
      for (const [id, receivedUs] of state.received ?? []) {
        if (receivedUs + idRetentionUs > io.nowUs) break;
        old.push(id);
      }
      for (const id of old) {
        state.received?.delete(id);
        if (id === state.latest) state.latest = undefined;
      }
    }
    this.armEviction(state, io);
  }

  private quit(state: PlumtreeState, io: PlumtreeIo): void {
    if (state.dispatchTimer !== NO_TIMER) io.cancelTimer(state.dispatchTimer);
    if (state.evictionTimer !== NO_TIMER) io.cancelTimer(state.evictionTimer);
    for (const { timer } of state.missing?.values() ?? []) if (timer !== NO_TIMER) io.cancelTimer(timer);
    Object.assign(state, initialPlumtree());
  }
}

function wasReceived(state: PlumtreeState, id: string): boolean {
  return id === state.latest || (state.received?.has(id) ?? false);
}

/** Place of the first entry of `peer`; -1 when there is none. */
function placeOf(entries: readonly { readonly peer: PeerId }[], peer: PeerId): number {
  for (let place = 0; place < entries.length; place++) if (entries[place]?.peer === peer) return place;
  return -1;
}

function isSame(some: readonly Announcement[], others: readonly Announcement[]): boolean {
  if (some.length !== others.length) return false;
  for (let place = 0; place < some.length; place++) {
    if (some[place]?.id !== others[place]?.id || some[place]?.round !== others[place]?.round) return false;
  }
  return true;
}
