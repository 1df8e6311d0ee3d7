// Time travel: any event of a run, the state of any node after it, and the messages of any window, by repeating the run.
// Invariant: what is told of an event is the same however one came to it; every lane's digests are those of the first run.
import type { Node } from '../../sim/node.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Checkpoint } from '../../properties/soak/record.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import { changesBetween } from './changes.ts';
import { EventTimes } from './event-times.ts';
import { Lane } from './lane.ts';
import { nodeShot } from './node-shot.ts';
import type { NodeShot } from './node-shot.ts';
import type { EventView, MessageView, MessageWindow, NodeView } from './run-view.ts';

/** Events that are looked at one by one when one of them is asked for: steps back within them cost nothing. */
const BLOCK_EVENTS = 32;
/** Blocks kept. */
const MOST_BLOCKS = 24;
/** Lanes kept, each at some event: going back begins at the nearest one before. */
const MOST_LANES = 6;
/** Where lanes are set up ahead of need, as shares of the run's events. */
const PREPARED_SHARES = [0.25, 0.5, 0.75];
/** Virtual time before a window from which on messages are watched, in microseconds: those under way at its start. */
const LEAD_US = 2_000_000;
const MOST_MESSAGES = 4000;
const MOST_TIMERS = 4000;

interface Block {
  /** Number of its first event. */
  readonly first: number;
  readonly events: readonly EventView[];
  /** Of each event, the nodes it touched: as they were before and after; undefined when the node did not run. */
  readonly touched: readonly ReadonlyMap<
    number,
    readonly [before: NodeShot | undefined, after: NodeShot | undefined]
  >[];
  /** Nodes that no event of the block touched and that were asked for, as they stood all through it. */
  readonly still: Map<number, NodeShot | undefined>;
}

/** Work that yields now and then, so that whoever drives it can turn to other things. */
export type Work<Result> = Generator<void, Result, undefined>;

/** Repeats one run. */
export class Replayer {
  /** Of the events seen so far, by the run itself or by a lane. */
  readonly times = new EventTimes();
  private readonly soak: Soak;
  private lanes: Lane[] = [];
  private blocks: Block[] = [];
  /** Digests of the first run, as far as it has come. */
  checkpoints: readonly Checkpoint[] = [];

  constructor(soak: Soak) {
    this.soak = soak;
  }

  /** Number of the last event at or before a virtual time; 0 when there is none. */
  *numberAt(atUs: number): Work<number> {
    const known = this.times.numberAt(atUs);
    if (known !== undefined) return known;
    const lane = this.takeLane((one) => one.nowUs <= atUs);
    yield* lane.toTime(atUs, this.checkpoints);
    this.park(lane);
    return lane.count;
  }

  /** The event of that number; the last one when there are fewer. */
  *event(number: number): Work<EventView> {
    if (number <= 0) return startView();
    const block = yield* this.blockOf(number);
    return block.events[Math.min(number, block.first + block.events.length - 1) - block.first] ?? startView();
  }

  /** One node after the event of that number. */
  *node(peer: number, number: number): Work<NodeView> {
    const about = { peer, eventNumber: number };
    if (number <= 0) return { ...about, atUs: 0, ...viewOf(undefined) };
    const block = yield* this.blockOf(number);
    const place = Math.min(number - block.first, block.events.length - 1);
    const atUs = block.events[place]?.atUs ?? 0;
    for (let one = place; one >= 0; one--) {
      const shots = block.touched[one]!.get(peer);
      if (shots !== undefined) return { ...about, atUs, ...viewOf(shots[1]) };
    }
    for (let one = place + 1; one < block.events.length; one++) {
      const shots = block.touched[one]!.get(peer);
      if (shots !== undefined) return { ...about, atUs, ...viewOf(shots[0]) };
    }
    if (!block.still.has(peer)) {
      const lane = yield* this.laneAt(block.first + block.events.length - 1);
      const node = [...lane.simulation.running()].find((one) => one.peer.index === peer);
      block.still.set(peer, node === undefined ? undefined : nodeShot(node));
      this.park(lane);
    }
    return { ...about, atUs, ...viewOf(block.still.get(peer)) };
  }

  /** What was sent, or under way, in a window. */
  *messages(fromUs: number, untilUs: number): Work<MessageWindow> {
    const lane = this.takeLane((one) => one.nowUs <= Math.max(0, fromUs - LEAD_US));
    yield* lane.toTime(Math.max(0, fromUs - LEAD_US), this.checkpoints);
    const messages: (Omit<MessageView, 'arrived'> & { node: Node })[] = [];
    const timers: MessageWindow['timers'][number][] = [];
    const endedUs = new Map<Node, number>();
    let more = 0;
    lane.listener = {
      sent: ({ from, to, sentUs, arrivesUs, message }) => {
        if (arrivesUs < fromUs || sentUs > untilUs || from === to.peer) return;
        if (messages.length >= MOST_MESSAGES) more++;
        else {
          const what = lane.whatOf(EVENT.message, message).replace(/^message /, '');
          messages.push({ from: from?.index ?? -1, to: to.peer.index, sentUs, arrivesUs, what, node: to });
        }
      },
      event: (atUs, node, kind, payload) => {
        if (kind !== EVENT.timer || node.serial === 0 || atUs < fromUs) return;
        if (timers.length >= MOST_TIMERS) more++;
        else timers.push({ peer: node.peer.index, atUs, what: lane.whatOf(kind, payload).replace(/^timer /, '') });
      },
      ended: (node, atUs) => endedUs.set(node, atUs),
    };
    yield* lane.toTime(untilUs, this.checkpoints);
    lane.listener = undefined;
    this.park(lane);
    const shown = messages.map(({ node, ...message }) => ({
      ...message,
      arrived: (endedUs.get(node) ?? Infinity) > message.arrivesUs,
    }));
    return { fromUs, untilUs, messages: shown, timers, more };
  }

  /** Sets lanes up along the run, so that going back begins nearby: work for when nobody asks for anything. */
  *prepare(eventCount: number): Work<void> {
    for (const share of PREPARED_SHARES) {
      const number = Math.floor(eventCount * share);
      if (this.lanes.some(({ count }) => Math.abs(count - number) < eventCount / 10)) continue;
      this.park(yield* this.laneAt(number, () => new Lane(this.soak, this.times)));
    }
  }

  private *blockOf(number: number): Work<Block> {
    const last = this.blocks.find(({ first, events }) => first <= number && number < first + events.length);
    if (last !== undefined) return last;
    const first = Math.floor((number - 1) / BLOCK_EVENTS) * BLOCK_EVENTS + 1;
    const lane = yield* this.laneAt(first - 1);
    const block = yield* this.look(lane, first);
    this.park(lane);
    // There are fewer events than that: the last one is as far as it goes.
    if (block.events.length === 0) return lane.count === 0 ? block : yield* this.blockOf(lane.count);
    this.blocks = [block, ...this.blocks].slice(0, MOST_BLOCKS);
    return block;
  }

  /** Goes through a block event by event. */
  private *look(lane: Lane, first: number): Work<Block> {
    const events: EventView[] = [];
    const touched: Block['touched'][number][] = [];
    for (let number = first; number < first + BLOCK_EVENTS; number++) {
      const step = stepOnce(lane, number);
      yield* lane.toEvent(number, this.checkpoints);
      const done = step();
      if (done === undefined) break;
      events.push(done.event);
      touched.push(done.touched);
      yield;
    }
    return { first, events, touched, still: new Map() };
  }

  private *laneAt(number: number, take = (): Lane => this.takeLane((one) => one.count <= number)): Work<Lane> {
    const lane = take();
    yield* lane.toEvent(number, this.checkpoints);
    return lane;
  }

  /** The lane that has come furthest among those that fit, or a new one. */
  private takeLane(fits: (lane: Lane) => boolean): Lane {
    const best = this.lanes.filter(fits).toSorted((a, b) => b.count - a.count)[0];
    if (best === undefined) return new Lane(this.soak, this.times);
    this.lanes = this.lanes.filter((lane) => lane !== best);
    return best;
  }

  /** Keeps a lane; of too many the one goes that stands nearest behind another. */
  private park(lane: Lane): void {
    this.lanes = [...this.lanes, lane].toSorted((a, b) => a.count - b.count);
    if (this.lanes.length <= MOST_LANES) return;
    let nearest = 0;
    this.lanes.forEach(({ count }, place) => {
      const gap = (at: number): number => this.lanes[at + 1]!.count - this.lanes[at]!.count;
      if (place + 1 < this.lanes.length && this.lanes[place + 1]!.count - count < gap(nearest)) nearest = place;
    });
    this.lanes.splice(nearest, 1);
  }
}

interface Step {
  readonly event: EventView;
  readonly touched: Block['touched'][number];
}

/** Watches the next event of a lane; what is returned tells of it once it has been handled. */
function stepOnce(lane: Lane, number: number): () => Step | undefined {
  const sent: EventView['sent'][number][] = [];
  const before = new Map<number, NodeShot | undefined>();
  const after = new Map<number, Node>();
  let seen: { atUs: number; kind: number; node: Node } | undefined;
  let from: number | undefined;
  lane.listener = {
    event: (atUs, node, kind, _payload, cause) => {
      seen = { atUs, kind, node };
      from = cause.from?.index;
      // The plan may touch any node.
      const nodes = node.serial === 0 ? [...lane.simulation.running()] : [node];
      for (const one of nodes) {
        before.set(one.peer.index, nodeShot(one));
        after.set(one.peer.index, one);
      }
    },
    started: (node) => {
      if (!before.has(node.peer.index)) before.set(node.peer.index, undefined);
      after.set(node.peer.index, node);
    },
    sent: ({ from: sender, to, arrivesUs, message }) => {
      if (sender === to.peer) return;
      const what = lane.whatOf(EVENT.message, message).replace(/^message /, '');
      sent.push({ to: to.peer.index, what, arrivesUs });
    },
  };
  return () => {
    lane.listener = undefined;
    if (seen === undefined || lane.count !== number) return undefined;
    const { atUs, kind, node } = seen;
    const ofPlan = node.serial === 0;
    const touched = new Map<number, readonly [NodeShot | undefined, NodeShot | undefined]>();
    for (const [peer, one] of after) touched.set(peer, [before.get(peer), one.running ? nodeShot(one) : undefined]);
    const changes = [...touched].flatMap(([peer, [old, now]]) =>
      changesBetween(old, now).map((change) => (ofPlan ? { ...change, path: `p${peer}: ${change.path}` } : change)),
    );
    const { what, at } = lane.cause;
    return {
      touched,
      event: {
        number,
        atUs,
        peer: ofPlan ? -1 : node.peer.index,
        kind: ofPlan ? 'plan' : kind === EVENT.timer ? 'timer' : 'message',
        what: ofPlan && at !== undefined ? `${what} ${String(at)}` : what,
        from,
        changes,
        sent,
        digest: lane.simulation.digest.hex,
        same: lane.same,
      },
    };
  };
}

function startView(): EventView {
  const nothing = { from: undefined, changes: [], sent: [], digest: '', same: true };
  return { number: 0, atUs: 0, peer: -1, kind: 'start', what: 'start of the run', ...nothing };
}

function viewOf(shot: NodeShot | undefined): Omit<NodeView, 'peer' | 'eventNumber' | 'atUs'> {
  if (shot === undefined) return { running: false, incarnation: 0, bornUs: 0, state: null, tasks: [] };
  return { running: true, ...shot };
}
