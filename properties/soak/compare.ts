// Two runs of one scenario, side by side, to the first event at which they part.
// Invariant: both sides handle event n before either handles much more, so state that they share by mistake shows too.
import { describeValue } from '../../sim/recording/describe.ts';
import type { Node } from '../../sim/node.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Observer, Simulation } from '../../sim/simulation.ts';
import { startSoak } from './run.ts';
import type { Soak } from './scenario.ts';

/** Events that one side handles before the other takes its turn, and between two checkpoints of {@link digestsOf}. */
export const CHUNK_EVENTS = 4096;

/** One side of a comparison: a run that was set up and has not begun. */
export interface Lane {
  readonly simulation: Simulation;
  /** Virtual time to run to, in microseconds. */
  readonly endUs: number;
  /** Class of a message or timer, such as `shuffle`. */
  classOf(payload: unknown): string;
}

/** What one side did at the place where they part. */
export interface SideEvent {
  readonly atUs: number;
  /** Such as `p7`; `the plan or workload` for what happens outside any node. */
  readonly node: string;
  /** Incarnation number of the node over the run; 0 outside any node. */
  readonly incarnation: number;
  readonly kind: 'message' | 'timer' | 'control';
  /** Class of the message or timer. */
  readonly payloadClass: string;
  /** The message or timer, on one line. */
  readonly payload: string;
}

/** An event told in full, so that runs of two processes can be held against each other event by event. */
export interface ToldEvent extends SideEvent {
  /** The message or timer, whole. */
  readonly content: string;
  /** Digest right after the event was taken, so that what only the engine sees (the sender) counts too. */
  readonly digest: string;
}

/** A stretch of a run: ordinals of its events, from (included) until (excluded). */
export interface Stretch {
  readonly fromIndex: number;
  readonly untilIndex: number;
}

/** The first event at which two runs part. */
export interface Divergence {
  /** Ordinal of the event, from 0; the events before it were alike. */
  readonly index: number;
  /** What differs there. */
  readonly differs: 'time' | 'node' | 'kind' | 'payload-class' | 'payload' | 'sender' | 'length';
  /** Undefined when that side had ended. */
  readonly first: SideEvent | undefined;
  readonly second: SideEvent | undefined;
}

/** What came of comparing two runs. */
export type Comparison =
  | { readonly kind: 'same'; readonly digest: string; readonly eventCount: number }
  | { readonly kind: 'diverged'; readonly divergence: Divergence };

/** How far a comparison has come; the sides were alike so far. */
export interface ComparisonProgress {
  /** Share of the virtual time that is done, 0 to 1. */
  readonly share: number;
  /** Events of each side so far: a multiple of {@link CHUNK_EVENTS}, but at the end. */
  readonly eventCount: number;
  /** Digest after them. */
  readonly digest: string;
}

/** A soak as a side of a comparison. */
export function laneOf(soak: Soak): Lane {
  const { simulation, world } = startSoak(soak);
  return { simulation, endUs: soak.endUs, classOf: (payload) => world.classOf(payload) };
}

/**
 * Runs two sides in turns of 4,096 events, comparing time, node, kind and class of each event, and the digests after it.
 * Where a turn differs, the first event whose content differs is named, as that comes before what it causes.
 *
 * @param makeFirst - Sets a side up; called once.
 * @param makeSecond - The same for the other side; a scenario that is deterministic gives an equal one.
 */
export function compareRuns(makeFirst: () => Lane, makeSecond: () => Lane): Comparison {
  const steps = comparison(makeFirst, makeSecond);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link compareRuns} in steps, one for each turn in which the sides were alike. */
export function* comparison(
  makeFirst: () => Lane,
  makeSecond: () => Lane,
): Generator<ComparisonProgress, Comparison, undefined> {
  const first = new Side(makeFirst());
  const second = new Side(makeSecond());
  for (let base = 0; ; base += CHUNK_EVENTS) {
    const ended = first.advance();
    second.advance();
    const divergence = divergenceOf(first, second, base);
    if (divergence !== undefined) return { kind: 'diverged', divergence };
    const { nowUs, digest, eventCount } = first.lane.simulation;
    yield { share: nowUs / first.lane.endUs, eventCount, digest: digest.hex };
    if (ended) return { kind: 'same', digest: digest.hex, eventCount };
  }
}

/** The digests of a run: after every 4,096 events, and last at its end. */
export interface RunDigests {
  readonly digests: readonly string[];
  readonly eventCount: number;
}

/** Runs one side alone. */
export function digestsOf({ simulation, endUs }: Lane): RunDigests {
  const digests: string[] = [];
  for (let ended = false; !ended; digests.push(simulation.digest.hex)) {
    ended = simulation.run({ untilUs: endUs, maxEvents: CHUNK_EVENTS }) === 'reached';
  }
  return { digests, eventCount: simulation.eventCount };
}

/** Two runs that were not watched event by event part between two checkpoints: in this stretch of events. */
export interface DigestDivergence extends Stretch {
  /** Digests at the later checkpoint; null for a run that had ended before. */
  readonly here: string | null;
  readonly there: string | null;
}

/** The first checkpoint at which two runs differ; undefined when they are the same. */
export function digestDivergence(here: RunDigests, there: RunDigests): DigestDivergence | undefined {
  const count = Math.max(here.digests.length, there.digests.length);
  for (let place = 0; place < count; place++) {
    const [one, other] = [here.digests[place] ?? null, there.digests[place] ?? null];
    if (one === other) continue;
    const untilIndex = Math.min((place + 1) * CHUNK_EVENTS, Math.max(here.eventCount, there.eventCount));
    return { fromIndex: place * CHUNK_EVENTS, untilIndex, here: one, there: other };
  }
  return undefined;
}

/**
 * Runs one side alone to the end of a stretch, and tells each event of the stretch; fewer when the run ends before.
 * Yields the events handled so far, a multiple of 4,096.
 */
export function* toldEvents(lane: Lane, { fromIndex, untilIndex }: Stretch): Generator<number, ToldEvent[], undefined> {
  const { simulation, endUs } = lane;
  const side = new Side(lane);
  for (let done = 0; done < untilIndex;) {
    if (done === fromIndex) simulation.observer = side;
    const most = done < fromIndex ? fromIndex - done : untilIndex - done;
    const maxEvents = Math.min(CHUNK_EVENTS, most);
    if (simulation.run({ untilUs: endUs, maxEvents }) === 'reached') break;
    done += maxEvents;
    yield done;
  }
  return side.seen.map((event) => toldEvent(event));
}

/** The first event of a stretch at which two runs part; undefined when they are alike in it. */
export function firstDifference(
  here: readonly ToldEvent[],
  there: readonly ToldEvent[],
  { fromIndex }: Stretch,
): Divergence | undefined {
  const length = Math.max(here.length, there.length);
  for (let place = 0; place < length; place++) {
    const divergence = differenceAt(fromIndex + place, here[place], there[place]);
    if (divergence !== undefined) return divergence;
  }
  return undefined;
}

interface SeenEvent {
  readonly atUs: number;
  readonly node: Node;
  readonly kind: SideEvent['kind'];
  readonly payloadClass: string;
  /** Messages and timers are not changed once sent or armed, so the reference will do. */
  readonly payload: unknown;
  readonly digest: string;
}

/** One run, and what it did in the current turn. */
class Side implements Observer {
  readonly lane: Lane;
  seen: SeenEvent[] = [];

  constructor(lane: Lane) {
    this.lane = lane;
  }

  /** Handles the next events; true when the run is over. */
  advance(): boolean {
    this.lane.simulation.observer = this;
    this.seen = [];
    return this.lane.simulation.run({ untilUs: this.lane.endUs, maxEvents: CHUNK_EVENTS }) === 'reached';
  }

  event(atUs: number, node: Node, kind: number, payload: unknown): void {
    const digest = this.lane.simulation.digest.hex;
    if (typeof payload === 'function') {
      this.seen.push({ atUs, node, kind: 'control', payloadClass: 'action', payload: undefined, digest });
      return;
    }
    const payloadClass = typeof payload === 'symbol' ? `link.${payload.description ?? ''}` : this.lane.classOf(payload);
    this.seen.push({ atUs, node, kind: kind === EVENT.timer ? 'timer' : 'message', payloadClass, payload, digest });
  }
}

/** Looks at one turn; when the ends of it agree, so did every event in it. */
function divergenceOf(first: Side, second: Side, base: number): Divergence | undefined {
  const length = Math.max(first.seen.length, second.seen.length);
  const alike = first.seen.length === second.seen.length && endsAlike(first.seen.at(-1), second.seen.at(-1));
  if (alike && first.seen.every((event, index) => event.payloadClass === second.seen[index]?.payloadClass))
    return undefined;
  for (let place = 0; place < length; place++) {
    const [one, other] = [first.seen[place], second.seen[place]];
    const divergence = differenceAt(base + place, one && toldEvent(one), other && toldEvent(other));
    if (divergence !== undefined) return divergence;
  }
  return undefined;
}

function endsAlike(one: SeenEvent | undefined, other: SeenEvent | undefined): boolean {
  return one?.digest === other?.digest;
}

function differenceAt(
  index: number,
  first: ToldEvent | undefined,
  second: ToldEvent | undefined,
): Divergence | undefined {
  const differs = differenceOf(first, second);
  return differs === undefined ? undefined : { index, differs, first: sideOf(first), second: sideOf(second) };
}

function differenceOf(one: ToldEvent | undefined, other: ToldEvent | undefined): Divergence['differs'] | undefined {
  if (one === undefined || other === undefined) return 'length';
  if (one.atUs !== other.atUs) return 'time';
  if (one.incarnation !== other.incarnation || one.node !== other.node) return 'node';
  if (one.kind !== other.kind) return 'kind';
  if (one.payloadClass !== other.payloadClass) return 'payload-class';
  if (one.content !== other.content) return 'payload';
  return one.digest === other.digest ? undefined : 'sender';
}

function toldEvent({ atUs, node, kind, payloadClass, payload, digest }: SeenEvent): ToldEvent {
  const isControl = kind === 'control';
  return {
    atUs,
    node: nameOf(node),
    incarnation: node.serial,
    kind,
    payloadClass,
    payload: isControl ? '' : describeValue(payload, { characters: 40, items: 8 }),
    content: isControl ? '' : describeValue(payload, { items: Infinity, characters: Infinity }),
    digest,
  };
}

function sideOf(event: ToldEvent | undefined): SideEvent | undefined {
  if (event === undefined) return undefined;
  const { atUs, node, incarnation, kind, payloadClass, payload } = event;
  return { atUs, node, incarnation, kind, payloadClass, payload };
}

/** The engine's own node, which runs plans and workloads, is a life of no peer. */
function nameOf(node: Node): string {
  return node.serial === 0 ? 'the plan or workload' : String(node.peer);
}
