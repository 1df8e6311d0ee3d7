// One node at one virtual time: its state, the event that led to it and what that changed, and the event after it. A node
// of reducers is recorded; one of tasks is run again up to that time, and its open tasks are listed.
// Invariant: the run is that of the scenario; recording it changes nothing, and its digest is the same.
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import type { Node } from '../../sim/node.ts';
import { stateData } from '../../sim/recording/describe.ts';
import { changesOf } from '../../sim/recording/change.ts';
import type { Change } from '../../sim/recording/change.ts';
import { Timeline } from '../../sim/recording/timeline.ts';
import type { Life, Moment } from '../../sim/recording/timeline.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Observer } from '../../sim/simulation.ts';
import { openTasks } from '../../sim/tasks/open-tasks.ts';
import type { OpenTask } from '../../sim/tasks/open-tasks.ts';
import type { Executor } from '../../sim/tasks/executor.ts';
import { executorOf } from '../../sim/tasks/task-node.ts';
import type { World } from '../../sim/world.ts';
import { startSoak } from './run.ts';
import type { StartedSoak } from './run.ts';
import type { Soak } from './scenario.ts';

/** Events between two steps. */
const STEP_EVENTS = 1024;

/** When a node ran, in virtual microseconds. */
export interface Span {
  readonly fromUs: number;
  /** Excluded; undefined when it ran on. */
  readonly untilUs: number | undefined;
}

/** What an event did to a node. */
export interface InspectedEvent {
  readonly atUs: number;
  /** What it was, such as `message join from p3`. */
  readonly input: string;
  /** Undefined for a node of tasks, which is not recorded. */
  readonly changes: readonly Change[] | undefined;
}

/** A node that ran at the time asked for. */
export interface InspectedNode {
  readonly running: true;
  /** Incarnation number over the run. */
  readonly incarnation: number;
  readonly life: Span;
  /** After the last event at or before the time; of a node of tasks what it exposes, as plain data. Frozen. */
  readonly state: unknown;
  /** The tasks of the node that have not ended, in spawn order; undefined for a node without tasks. */
  readonly tasks: readonly OpenTask[] | undefined;
  /** The last event at or before the time, and its number in the node's life, from 0 for its start. */
  readonly last: InspectedEvent & { readonly number: number };
  /** The peer's next event, in this life or a later one; undefined when the run ends before there is one. */
  readonly next: InspectedEvent | undefined;
}

/** A peer that did not run at the time asked for. */
export interface AbsentNode {
  readonly running: false;
  /** When it ran, over the whole run, in order. */
  readonly lives: readonly Span[];
}

/**
 * Runs a soak in recording mode up to a virtual time, and on to the next event of the peer; in steps that yield the
 * share done, 0 to 1.
 *
 * @param peerIndex - A peer that the scenario starts or its plan names.
 * @param atUs - Microseconds, 0 to the end of the run (both included).
 * @throws {InputError} `unknown-peer` or `bad-time` when they are not.
 */
export function* inspection(
  soak: Soak,
  peerIndex: number,
  atUs: number,
): Generator<number, InspectedNode | AbsentNode, undefined> {
  refuseUnknown(soak, peerIndex);
  if (!(atUs <= soak.endUs)) {
    const message = `received time ${formatDuration(atUs)}, expected at most ${formatDuration(soak.endUs)}, the end of the run`;
    throw new InputError('bad-time', message, { atUs, endUs: soak.endUs });
  }
  const timeline = new Timeline(new Set([peerIndex]));
  const events = new EventsOfPeer(peerIndex);
  const started = startSoak(soak, { recorder: timeline, observer: events });
  const { simulation } = started;
  while (simulation.run({ untilUs: atUs, maxEvents: STEP_EVENTS }) !== 'reached') {
    yield simulation.nowUs / Math.max(1, atUs);
  }
  const executor = events.node === undefined ? undefined : executorOf(events.node);
  if (executor !== undefined) return yield* taskNode(soak, started, events, executor);
  const life = timeline.livesOf(peerIndex).find(({ endedUs }) => endedUs > atUs);
  if (life === undefined) return { running: false, lives: yield* livesOf(soak, peerIndex) };
  while (timeline.momentAfter(peerIndex, atUs) === undefined) {
    if (simulation.run({ untilUs: soak.endUs, maxEvents: STEP_EVENTS }) === 'reached') break;
    yield 1;
  }
  const number = life.moments.findLastIndex((moment) => moment.atUs <= atUs);
  const after = timeline.momentAfter(peerIndex, atUs);
  return {
    running: true,
    incarnation: life.serial,
    life: spanOf(life),
    state: life.moments[number]!.state,
    tasks: undefined,
    last: { number, ...eventOf(life, number) },
    next: after === undefined ? undefined : nextEvent(timeline.livesOf(peerIndex), after),
  };
}

/** Sees the events of one peer go by: time travel for what is not recorded. */
class EventsOfPeer implements Observer {
  /** Its running node. */
  node: Node | undefined = undefined;
  /** Events of the node's life so far, and the last of them. */
  count = 0;
  last: { readonly atUs: number; readonly kind: number; readonly payload: unknown } | undefined = undefined;
  private readonly peerIndex: number;

  constructor(peerIndex: number) {
    this.peerIndex = peerIndex;
  }

  started(node: Node): void {
    if (node.peer.index !== this.peerIndex) return;
    this.node = node;
    this.count = 0;
    this.last = undefined;
  }

  ended(node: Node): void {
    if (node === this.node) this.node = undefined;
  }

  event(atUs: number, node: Node, kind: number, payload: unknown): void {
    if (node !== this.node) return;
    this.count++;
    this.last = { atUs, kind, payload };
  }

  /** The last event in words. */
  describe(world: World): InspectedEvent | undefined {
    if (this.last === undefined) return undefined;
    const { atUs, kind, payload } = this.last;
    return {
      atUs,
      input: `${kind === EVENT.timer ? 'timer' : 'message'} ${world.classOf(payload)}`,
      changes: undefined,
    };
  }
}

/** A node of tasks as it stands now, and the run on to its next event. */
function* taskNode(
  soak: Soak,
  { simulation, world }: StartedSoak,
  events: EventsOfPeer,
  executor: Executor,
): Generator<number, InspectedNode, undefined> {
  const node = executor.host;
  const { serial, bornUs } = node;
  const state = stateData(node.expose());
  const tasks = openTasks(executor);
  const number = events.count;
  const last = events.describe(world) ?? { atUs: bornUs, input: 'start', changes: undefined };
  const peer = node.peer.index;
  while (events.node === node && events.count === number) {
    if (simulation.run({ untilUs: soak.endUs, maxEvents: 1 }) === 'reached') break;
    if (simulation.eventCount % STEP_EVENTS === 0) yield 1;
  }
  const next = events.count === number ? undefined : events.describe(world);
  const untilUs = events.node === node ? undefined : simulation.nowUs;
  return {
    running: true,
    incarnation: serial,
    life: { fromUs: bornUs, untilUs: untilUs ?? (yield* endOfLife(soak, peer, bornUs)) },
    state,
    tasks,
    last: { number, ...last },
    next,
  };
}

/** When the life that began then is over. */
function* endOfLife(soak: Soak, peerIndex: number, bornUs: number): Generator<number, number | undefined, undefined> {
  const lives = yield* livesOf(soak, peerIndex);
  return lives.find(({ fromUs }) => fromUs === bornUs)?.untilUs;
}

function nextEvent(lives: readonly Life[], moment: Moment): InspectedEvent {
  const life = lives.find(({ moments }) => moments.includes(moment))!;
  return eventOf(life, life.moments.indexOf(moment));
}

function eventOf(life: Life, number: number): InspectedEvent {
  const { atUs, input, state, patches } = life.moments[number]!;
  return { atUs, input, changes: number === 0 ? [] : changesOf(life.moments[number - 1]!.state, state, patches) };
}

function spanOf({ beganUs, endedUs }: Pick<Life, 'beganUs' | 'endedUs'>): Span {
  return { fromUs: beganUs, untilUs: endedUs === Infinity ? undefined : endedUs };
}

/** When a peer runs over the whole soak: a run in fast mode, which is much cheaper than recording on. */
function* livesOf(soak: Soak, peerIndex: number): Generator<number, Span[], undefined> {
  const lives: { beganUs: number; endedUs: number }[] = [];
  const { simulation } = startSoak(soak, {
    observer: {
      started: (node) => {
        if (node.peer.index === peerIndex) lives.push({ beganUs: node.bornUs, endedUs: Infinity });
      },
      ended: (node) => {
        if (node.peer.index === peerIndex) lives.at(-1)!.endedUs = simulation.nowUs;
      },
    },
  });
  while (simulation.run({ untilUs: soak.endUs, maxEvents: STEP_EVENTS * 16 }) !== 'reached') yield 1;
  return lives.map(spanOf);
}

/** A peer runs only if the scenario starts it at the beginning or the plan does later. */
function refuseUnknown({ nodes, plan }: Soak, peerIndex: number): void {
  if (peerIndex < nodes) return;
  let largest = nodes - 1;
  for (const action of plan.actions) {
    const started = action.kind === 'start' ? action.peer : action.kind === 'respawn' ? action.fresh : -1;
    if (started === peerIndex) return;
    largest = Math.max(largest, started);
  }
  const message = `received peer ${peerIndex}, expected one that this run starts; the last is ${largest}`;
  throw new InputError('unknown-peer', message, { peerIndex, largest });
}
