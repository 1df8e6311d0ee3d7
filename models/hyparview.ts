// HyParView: membership by a small active view and a larger passive one, as a reducer without I/O.
// Leitao, Pereira, Rodrigues, "HyParView: a membership protocol for reliable gossip-based broadcast" (DSN 2007,
// TR-07-13), as iroh-gossip 0.101 runs it; where this leaves either, the comment there says so.
// Invariant: after every event `checkHyParView` holds, unless a defect is on.
import type { PeerId } from '../sim/peer.ts';
import type { TimerHandle } from '../sim/reducer.ts';
import type {
  Disconnect,
  ForwardJoin,
  HyParViewConfig,
  HyParViewDefects,
  HyParViewInput,
  HyParViewIo,
  HyParViewMessage,
  HyParViewTimer,
  Join,
  Neighbor,
  NeighborPriority,
  PeerData,
  Shuffle,
  ShuffleReply,
} from './hyparview/contract.ts';
import { Joining } from './hyparview/joining.ts';
import { Knowledge } from './hyparview/knowledge.ts';
import { claimedCount, initialHyParView, isPending, NO_TIMER, removePassive, takePending } from './hyparview/state.ts';
import type { HyParViewState } from './hyparview/state.ts';
import { addPeer, pickOther, removePeer } from './peer-list.ts';

const STAYS: Disconnect = { kind: 'disconnect', alive: true };
const LEAVES: Disconnect = { kind: 'disconnect', alive: false };
const SHUFFLE: HyParViewTimer = { kind: 'shuffle' };

/** How many refusals in a row are followed by another request before the next loss or shuffle tick. */
const REFUSAL_BUDGET = 10;

/** Most shuffle ticks that a stranded node waits between two forced requests: about an hour with the defaults. */
const PATIENCE_CAP = 64;

/**
 * A HyParView node's behaviour, shared by all nodes of one configuration; it holds no state of any of them.
 *
 * @param defects - Faults to reinstate; default none.
 */
export function createHyParView(config: HyParViewConfig, defects: HyParViewDefects = {}): HyParView {
  return new HyParView(config, defects);
}

/** See {@link createHyParView}. */
export class HyParView {
  readonly config: HyParViewConfig;
  private readonly joining: Joining;
  private readonly knowledge: Knowledge;
  private readonly pendingOutlivesNeighbor: boolean;

  constructor(config: HyParViewConfig, defects: HyParViewDefects) {
    this.config = config;
    this.joining = new Joining(config);
    this.knowledge = new Knowledge(config, defects);
    this.pendingOutlivesNeighbor = defects['hyparview-pending-outlives-neighbor'] ?? false;
  }

  /** The state of a node before its first event; `data` is what it tells others of itself. */
  initial(me: PeerId, data: PeerData | undefined): HyParViewState {
    return initialHyParView(me, data);
  }

  /** Handles one event: changes `state` in place and acts through `io`. Keeps neither `input` nor a part of it. */
  handle(state: HyParViewState, input: HyParViewInput, io: HyParViewIo): void {
    switch (input.kind) {
      case 'message':
        this.onMessage(state, input.from, input.message, io);
        return;
      case 'timer':
        this.onTimer(state, input.timer, io);
        return;
      case 'closed':
        this.onClosed(state, input.peer, io);
        return;
      case 'join':
        this.armShuffle(state, io);
        this.joining.enter(state, input.contacts, io);
        return;
      case 'quit':
        this.quit(state, io);
        return;
      case 'stray':
        this.onStray(state, input.peer, io);
    }
  }

  private onMessage(state: HyParViewState, from: PeerId, message: HyParViewMessage, io: HyParViewIo): void {
    this.armShuffle(state, io);
    switch (message.kind) {
      case 'join':
        this.onJoin(state, from, message, io);
        break;
      case 'forward-join':
        this.onForwardJoin(state, from, message, io);
        break;
      case 'shuffle':
        this.onShuffle(state, from, message, io);
        break;
      case 'shuffle-reply':
        this.onShuffleReply(state, message, io);
        break;
      case 'neighbor':
        this.onNeighbor(state, from, message, io);
        break;
      case 'disconnect':
        this.onDisconnect(state, from, message.alive, io);
    }
    if (message.kind === 'shuffle' || message.kind === 'forward-join') this.onStray(state, from, io);
    // A pending peer is about to answer over this very link; 0.101 closes it all the same.
    if (state.active.includes(from) || isPending(state, from)) return;
    this.joining.refused(state, from);
    io.disconnect(from);
  }

  private onTimer(state: HyParViewState, timer: HyParViewTimer, io: HyParViewIo): void {
    switch (timer.kind) {
      case 'shuffle':
        this.onShuffleTick(state, io);
        return;
      case 'join-retry':
        this.joining.onTimer(state, io);
        return;
      case 'neighbor-timeout':
        this.onNeighborTimeout(state, timer.peer, timer.generation, io);
    }
  }

  // Joining (paper, section 4.2)

  private onJoin(state: HyParViewState, from: PeerId, message: Join, io: HyParViewIo): void {
    this.addActive(state, from, 'high', io);
    this.knowledge.learn(state, from, message.data, io);
    this.requestNeighbor(state, from, 'high', io);
    if (state.active.length === 1) return;
    const ttl = this.config.activeWalkLength;
    const forward: ForwardJoin = { kind: 'forward-join', peer: from, data: message.data, ttl };
    for (const peer of state.active) if (peer !== from) io.send(peer, forward);
  }

  private onForwardJoin(state: HyParViewState, from: PeerId, message: ForwardJoin, io: HyParViewIo): void {
    const { peer, data, ttl } = message;
    if (peer === state.me) return;
    // The paper puts the peer into the view here. As in 0.101 it enters when it answers, which keeps out the unreachable.
    if (ttl === 0 || state.active.length <= 1 || state.active.includes(peer)) {
      this.requestNeighbor(state, peer, 'high', io);
      this.knowledge.learn(state, peer, data, io);
      return;
    }
    if (ttl === this.config.passiveWalkLength) this.knowledge.add(state, peer, data, io);
    const next = pickOther(state.active, io.random, from);
    if (next !== undefined) io.send(next, { kind: 'forward-join', peer, data, ttl: ttl - 1 });
  }

  // Edges (paper, section 4.3)

  private requestNeighbor(state: HyParViewState, peer: PeerId, priority: NeighborPriority, io: HyParViewIo): void {
    this.askNeighbor(state, peer, priority, false, io);
  }

  /** Sends a Neighbor that awaits an answer, unless one is awaited already. */
  private askNeighbor(
    state: HyParViewState,
    peer: PeerId,
    priority: NeighborPriority,
    reply: boolean,
    io: HyParViewIo,
  ): void {
    if (isPending(state, peer)) return;
    const generation = ++state.generation;
    const timer = io.setTimer(this.config.neighborTimeoutUs, { kind: 'neighbor-timeout', peer, generation });
    state.pending.push({ peer, generation, timer });
    // The mark spoke of the end of an older link; the one used now, when it ends, tells of a dead peer.
    removePeer(state.aliveDisconnect, peer);
    io.send(peer, { kind: 'neighbor', priority, reply, data: state.data });
  }

  /**
   * A request is always answered, a reply never. In 0.101 the wire does not tell them apart: whoever has a mark for
   * the sender takes the message for a reply. That fails both ways when a mark and a message cross (#121): a
   * request taken for a reply leaves an edge that only one side has, and without marks on replies two late replies
   * would answer each other for ever. Hence the `reply` field.
   *
   * A reply that nobody awaits any more (it was late, or its link was closed meanwhile) is an offer: its sender has the
   * edge, but may lose it by a close that is still under way. It is taken where there is room and confirmed by a
   * request of our own, or refused; either way both sides come to agree.
   */
  private onNeighbor(state: HyParViewState, from: PeerId, message: Neighbor, io: HyParViewIo): void {
    const awaited = this.clearPending(state, from, io);
    const isReply = this.pendingOutlivesNeighbor ? awaited : message.reply;
    const isOffer = isReply && !awaited;
    if (!state.active.includes(from)) {
      if (!this.addActive(state, from, isOffer ? 'low' : message.priority, io)) {
        // Over a closed link there is nothing to refuse: the close itself tells.
        if (io.linked(from)) io.send(from, STAYS);
        this.knowledge.forget(state, from);
        return;
      }
      if (isOffer) this.requestNeighbor(state, from, 'low', io);
    }
    this.knowledge.learn(state, from, message.data, io);
    if (!isReply) this.answer(state, from, message.priority, io);
    if (awaited) this.refill(state, io);
  }

  private answer(state: HyParViewState, to: PeerId, priority: NeighborPriority, io: HyParViewIo): void {
    // As shipped an answer marks its receiver pending, as if it were a request.
    if (this.pendingOutlivesNeighbor) this.askNeighbor(state, to, priority, true, io);
    else io.send(to, { kind: 'neighbor', priority, reply: true, data: state.data });
  }

  private onNeighborTimeout(state: HyParViewState, peer: PeerId, generation: number, io: HyParViewIo): void {
    const request = state.pending.find((each) => each.peer === peer && each.generation === generation);
    if (request === undefined) return;
    takePending(state, peer);
    // An unanswered renewal says nothing: links lose no messages, and the end of a link is told.
    if (state.active.includes(peer)) return;
    this.knowledge.removeSilent(state, peer);
    // Nobody would close this link otherwise; and should the peer have granted the edge, the close takes it back.
    if (!this.pendingOutlivesNeighbor) io.disconnect(peer);
    this.refill(state, io);
  }

  /** A message that only neighbours send, from a peer that is none: it has an edge that we have not, and is told so. */
  private onStray(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    if (state.active.includes(peer) || isPending(state, peer)) return;
    // 0.101 only closes the link, which tells nothing while another topic uses it. On a link that is closed on this
    // side the message was merely late, and to answer it would open a new one.
    if (this.pendingOutlivesNeighbor || !io.linked(peer)) return;
    io.send(peer, STAYS);
    io.disconnect(peer);
  }

  private onDisconnect(state: HyParViewState, from: PeerId, alive: boolean, io: HyParViewIo): void {
    const awaited = !this.pendingOutlivesNeighbor && this.clearPending(state, from, io);
    if (state.active.includes(from)) {
      this.removeActive(state, from, io);
      this.countLoss(state, !alive);
      io.disconnect(from);
      if (alive) this.knowledge.keep(state, from, io);
      else this.knowledge.discard(state, from);
    } else if (!alive || !state.passive.includes(from)) {
      this.knowledge.remove(state, from);
    } else {
      this.knowledge.markAlive(state, from);
      if (awaited) addPeer(state.refused, from);
    }
    if (awaited && alive) state.refusals++;
    if (state.refusals < REFUSAL_BUDGET) this.refill(state, io);
  }

  private onClosed(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    this.joining.refused(state, peer);
    const awaited = !this.pendingOutlivesNeighbor && this.clearPending(state, peer, io);
    if (state.active.includes(peer)) {
      this.removeActive(state, peer, io);
      this.countLoss(state, true);
      this.knowledge.discard(state, peer);
    } else if (awaited || state.passive.includes(peer)) {
      if (!removePeer(state.aliveDisconnect, peer)) this.knowledge.remove(state, peer);
    }
    this.refill(state, io);
  }

  /** Enters the active view; false when there is no room for a low priority. Data and answer are the caller's. */
  private addActive(state: HyParViewState, peer: PeerId, priority: NeighborPriority, io: HyParViewIo): boolean {
    const { active } = state;
    if (peer === state.me || active.includes(peer)) return true;
    if (active.length >= this.config.activeViewCapacity) {
      if (priority === 'low') return false;
      this.evict(state, active[io.random.below(active.length)] as PeerId, io);
    }
    removePassive(state, peer);
    active.push(peer);
    state.strandedTicks = 0;
    this.joining.welcomed(state, peer, io);
    io.emit({ kind: 'neighbour-up', peer });
    return true;
  }

  /** Makes room: the peer goes with a sample of peers, so that it is not left without contacts. */
  private evict(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    this.removeActive(state, peer, io);
    io.send(peer, this.farewell(state, peer, io));
    io.send(peer, STAYS);
    if (!this.pendingOutlivesNeighbor) this.clearPending(state, peer, io);
    io.disconnect(peer);
    this.knowledge.keep(state, peer, io);
  }

  private removeActive(state: HyParViewState, peer: PeerId, io: HyParViewIo): void {
    removePeer(state.active, peer);
    io.emit({ kind: 'neighbour-down', peer });
  }

  /** After the loss of an edge those who refused may have room: whoever is gone left some elsewhere too. */
  private countLoss(state: HyParViewState, gone: boolean): void {
    state.refused = [];
    state.refusals = 0;
    if (!gone) return;
    state.strandedTicks = 0;
    state.patience = 1;
  }

  private clearPending(state: HyParViewState, peer: PeerId, io: HyParViewIo): boolean {
    const timer: TimerHandle | undefined = takePending(state, peer);
    if (timer === undefined) return false;
    io.cancelTimer(timer);
    return true;
  }

  // Keeping the views filled (paper, sections 4.3 and 4.4)

  /**
   * Asks one passive peer to fill a place; false when there is a place and nobody to ask.
   *
   * Called after every change that may have left a place: after a refusal too, so that one full peer does not cost
   * a minute, until {@link REFUSAL_BUDGET} of them, so that the loss of a place in a full overlay is no storm. Whoever
   * refused is not asked again before the next loss, unless the view is empty: then the priority is high.
   */
  private refill(state: HyParViewState, io: HyParViewIo): boolean {
    if (claimedCount(state) >= this.config.activeViewCapacity) return true;
    const isolated = state.active.length === 0;
    const peer = this.knowledge.pick(state, !isolated, io);
    if (peer !== undefined) {
      this.requestNeighbor(state, peer, isolated ? 'high' : 'low', io);
      return true;
    }
    if (isolated && state.pending.length === 0) this.joining.resume(state, io);
    return false;
  }

  private onShuffleTick(state: HyParViewState, io: HyParViewIo): void {
    state.shuffleTimer = NO_TIMER;
    this.armShuffle(state, io);
    const target = io.random.pick(state.active);
    if (target !== undefined) {
      const { shuffleActiveCount, shufflePassiveCount, shuffleWalkLength } = this.config;
      const nodes = this.knowledge.sampleOfBoth(state, target, shuffleActiveCount, shufflePassiveCount, io);
      io.send(target, { kind: 'shuffle', origin: state.me, nodes, ttl: shuffleWalkLength });
    }
    state.refusals = 0;
    if (!this.refill(state, io) && target !== undefined && state.pending.length === 0) this.force(state, io);
  }

  /**
   * A node with a place to fill whom all it knows have refused. Low priority alone can leave a clique of full views
   * beside a rest that is refused for ever (6 and 2 of 8 nodes, with views of 5). So, beyond the paper, it asks one of
   * them with high priority, or its contacts by Join when it knows nobody but its neighbours. Not all views can always
   * be full (9 nodes with views of 5), so the next time it waits twice as many ticks, until some neighbour is gone.
   */
  private force(state: HyParViewState, io: HyParViewIo): void {
    if (++state.strandedTicks < state.patience) return;
    state.strandedTicks = 0;
    state.patience = Math.min(state.patience * 2, PATIENCE_CAP);
    const peer = this.knowledge.pick(state, false, io);
    if (peer !== undefined) {
      this.requestNeighbor(state, peer, 'high', io);
      return;
    }
    this.joining.reachOut(state, io);
  }

  private onShuffle(state: HyParViewState, from: PeerId, message: Shuffle, io: HyParViewIo): void {
    const { origin, nodes, ttl } = message;
    if (origin === state.me) return;
    if (ttl > 0 && state.active.length > 1) {
      const next = pickOther(state.active, io.random, from, origin);
      if (next !== undefined) {
        io.send(next, { kind: 'shuffle', origin, nodes, ttl: ttl - 1 });
        return;
      }
    }
    // Chosen first, so that origin is not told what it has just said.
    const reply = this.knowledge.sampleFor(state, origin, nodes.length, io);
    this.knowledge.addAll(state, nodes, io);
    io.send(origin, { kind: 'shuffle-reply', nodes: reply });
    // Sent and done: unless the link is given up at once, neither side would ever close it.
    if (origin !== from && !state.active.includes(origin) && !isPending(state, origin)) io.disconnect(origin);
  }

  private onShuffleReply(state: HyParViewState, message: ShuffleReply, io: HyParViewIo): void {
    this.knowledge.addAll(state, message.nodes, io);
    this.refill(state, io);
  }

  private armShuffle(state: HyParViewState, io: HyParViewIo): void {
    if (state.shuffleTimer !== NO_TIMER) return;
    state.shuffleTimer = io.setTimer(this.config.shuffleIntervalUs, SHUFFLE);
  }

  private farewell(state: HyParViewState, to: PeerId, io: HyParViewIo): ShuffleReply {
    const count = this.config.shuffleActiveCount + this.config.shufflePassiveCount;
    return { kind: 'shuffle-reply', nodes: this.knowledge.sampleFor(state, to, count, io) };
  }

  // Leaving

  private quit(state: HyParViewState, io: HyParViewIo): void {
    for (const peer of state.active) {
      io.send(peer, this.farewell(state, peer, io));
      io.send(peer, LEAVES);
    }
    for (const { peer, timer } of state.pending) {
      io.cancelTimer(timer);
      // It may have granted the edge by now; 0.101 leaves it to find out.
      if (!state.active.includes(peer)) io.send(peer, LEAVES);
    }
    this.joining.end(state, io);
    if (state.shuffleTimer !== NO_TIMER) io.cancelTimer(state.shuffleTimer);
    const { active, pending } = state;
    Object.assign(state, initialHyParView(state.me, state.data));
    for (const peer of active) {
      io.emit({ kind: 'neighbour-down', peer });
      io.disconnect(peer);
    }
    for (const { peer } of pending) if (!active.includes(peer)) io.disconnect(peer);
  }
}
