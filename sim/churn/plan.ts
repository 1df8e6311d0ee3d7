// The churn plan: an explicit list of timed actions that alone drives a run's churn, so it can be saved, edited and shrunk.
// Invariant: a plan that left this file is sorted by time, equal times in list order, and every value is in range.
import * as v from 'valibot';
import { MAX_DURATION_US, formatDuration } from '../duration.ts';
import { InputError } from '../errors.ts';
import { parseInput } from '../input.ts';

/** Most actions a plan may hold. */
export const MAX_ACTIONS = 1_000_000;
/** Largest peer index a plan may name. */
export const MAX_PEER_INDEX = 10_000_000;

const MAX_NAME_LENGTH = 100;
const MAX_TEXT_LENGTH = 1_000;

/** Timed actions, sorted by `atUs`; equal times take effect in list order. */
export interface ChurnPlan {
  readonly version: 1;
  readonly actions: readonly ChurnAction[];
}

/**
 * One action at virtual time `atUs` (microseconds; an integer between 0 and ten years, included). Peers are named by
 * index; the peers 0 to nodes - 1 of a scenario are started by the scenario. An action on a peer that is not in the
 * state it needs does nothing and is counted as inert, so that a shrinker may delete any action.
 */
export type ChurnAction = { atUs: number } & ChurnChange;

/** What an action does; see each kind. */
export type ChurnChange =
  /** Starts a fresh identity, which must not have existed before. */
  | { kind: 'start'; peer: number }
  /** The peer leaves gracefully. */
  | { kind: 'stop'; peer: number }
  /** The peer vanishes without a word. */
  | { kind: 'kill'; peer: number }
  /** The peer goes down (killed, or gracefully) and is back with the same identity `downUs` later. */
  | { kind: 'restart'; peer: number; downUs: number; graceful?: boolean }
  /** The peer is killed, and `downUs` (default 0) later the fresh identity `fresh` starts. */
  | { kind: 'respawn'; peer: number; fresh: number; downUs?: number }
  /** Starts an identity again that was stopped or killed before. */
  | { kind: 'rejoin'; peer: number }
  /**
   * Nodes of different groups cannot talk; peers in no group belong to group 0. With `oneWay` only messages from later
   * groups to earlier ones are cut.
   */
  | { kind: 'partition'; groups: number[][]; oneWay?: boolean; name?: string }
  /** Ends the partition of that name; every partition when no name is given. */
  | { kind: 'heal'; name?: string }
  /** Parks messages from one peer to another. */
  | { kind: 'hold'; from: number; to: number }
  /** Delivers what was parked, in order. */
  | { kind: 'release'; from: number; to: number }
  /** While on, everything to and from the peer vanishes. */
  | { kind: 'black-hole'; peer: number; on: boolean }
  /** An action of the model's own, by name. */
  | { kind: 'act'; peer: number; act: string; args?: Record<string, number | string | boolean> };

const timeUs = wholeNumber(MAX_DURATION_US, 'microseconds (ten years)');
const peer = wholeNumber(MAX_PEER_INDEX, '(a peer index)');
const name = v.pipe(
  v.string('a name'),
  v.minLength(1, 'a name that is not empty'),
  v.maxLength(MAX_NAME_LENGTH, `a name of at most ${MAX_NAME_LENGTH} characters`),
);
const switched = v.boolean('true or false');
const argument = v.union(
  [v.pipe(v.number(), v.finite()), v.pipe(v.string(), v.maxLength(MAX_TEXT_LENGTH)), v.boolean()],
  `a finite number, a string of at most ${MAX_TEXT_LENGTH} characters, or true or false`,
);

const actionSchema = v.variant('kind', [
  v.strictObject({ atUs: timeUs, kind: v.literal('start'), peer }),
  v.strictObject({ atUs: timeUs, kind: v.literal('stop'), peer }),
  v.strictObject({ atUs: timeUs, kind: v.literal('kill'), peer }),
  v.strictObject({
    atUs: timeUs,
    kind: v.literal('restart'),
    peer,
    downUs: timeUs,
    graceful: v.exactOptional(switched),
  }),
  v.strictObject({
    atUs: timeUs,
    kind: v.literal('respawn'),
    peer,
    fresh: peer,
    downUs: v.exactOptional(timeUs),
  }),
  v.strictObject({ atUs: timeUs, kind: v.literal('rejoin'), peer }),
  v.strictObject({
    atUs: timeUs,
    kind: v.literal('partition'),
    groups: v.pipe(
      v.array(v.array(peer, 'a list of peer indices'), 'a list of groups'),
      v.minLength(2, 'at least two groups (the first may be empty: peers in no group belong to it)'),
      v.check(distinct, 'every peer in one group, once'),
    ),
    oneWay: v.exactOptional(switched),
    name: v.exactOptional(name),
  }),
  v.strictObject({ atUs: timeUs, kind: v.literal('heal'), name: v.exactOptional(name) }),
  v.strictObject({ atUs: timeUs, kind: v.literal('hold'), from: peer, to: peer }),
  v.strictObject({ atUs: timeUs, kind: v.literal('release'), from: peer, to: peer }),
  v.strictObject({ atUs: timeUs, kind: v.literal('black-hole'), peer, on: switched }),
  v.strictObject({
    atUs: timeUs,
    kind: v.literal('act'),
    peer,
    act: name,
    args: v.exactOptional(v.record(v.string(), argument)),
  }),
]);

/** Validates a plan's shape and ranges; {@link parsePlan} also sorts and checks what spans several values. */
export const planSchema: v.GenericSchema<unknown, ChurnPlan> = v.strictObject({
  version: v.literal(1, '1, the version of plans that this quicksoak reads'),
  actions: v.pipe(
    v.array(v.unknown(), 'a list of actions'),
    v.maxLength(MAX_ACTIONS, `at most ${MAX_ACTIONS} actions`),
    v.array(actionSchema),
  ),
});

/**
 * Validates a plan and sorts it by time; equal times keep their order in the list.
 *
 * @param value - Parsed JSON, or anything else.
 * @param where - The place it came from, such as `plan.json`; opens an error's message.
 * @throws {InputError} `bad-plan`, in one sentence with the place, such as
 * `plan.json: actions[3].atUs: received -5, expected an integer 0 or more ...`.
 */
export function parsePlan(value: unknown, where: string): ChurnPlan {
  const plan = parseInput(planSchema, value, where, 'bad-plan');
  for (const [index, action] of plan.actions.entries()) {
    const problem = contradiction(action);
    if (problem !== undefined)
      throw new InputError('bad-plan', `${where}: actions[${index}]${problem}`, { where, index });
  }
  return sortedPlan(plan.actions);
}

/**
 * A plan of `actions` sorted by time; equal times keep their order. Values are not checked.
 */
export function sortedPlan(actions: readonly ChurnAction[]): ChurnPlan {
  return { version: 1, actions: actions.toSorted((a, b) => a.atUs - b.atUs) };
}

/**
 * Writes a plan as JSON with one action per line, to be read, edited and read back by {@link parsePlan}.
 */
export function serialisePlan(plan: ChurnPlan): string {
  const lines = plan.actions.map((action) => `    ${JSON.stringify(action)}`);
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "version": ${plan.version},\n  "actions": ${list}\n}\n`;
}

/** The later moment at which an action shows (a restart's return), or its own time; microseconds. */
export function lastMomentUs(action: ChurnAction): number {
  if (action.kind === 'restart') return action.atUs + action.downUs;
  if (action.kind === 'respawn') return action.atUs + (action.downUs ?? 0);
  return action.atUs;
}

/** True for the kinds that end an incarnation: stop, kill, restart, respawn. */
export function departs(action: ChurnAction): boolean {
  return action.kind === 'stop' || action.kind === 'kill' || action.kind === 'restart' || action.kind === 'respawn';
}

/**
 * How many incarnations the plan means to end at or before `untilUs`; actions that turn out inert are counted too.
 *
 * @param untilUs - Microseconds; default: the whole plan.
 */
export function departureCount(plan: ChurnPlan, untilUs = Number.POSITIVE_INFINITY): number {
  let count = 0;
  for (const action of plan.actions) if (action.atUs <= untilUs && departs(action)) count += 1;
  return count;
}

/**
 * The time by which a plan and the calm after it are over: its last moment plus `calmUs`, in microseconds.
 *
 * @param calmUs - Length of the last calm; an integer, 0 or more.
 */
export function planEndUs(plan: ChurnPlan, calmUs: number): number {
  let lastUs = 0;
  for (const action of plan.actions) lastUs = Math.max(lastUs, lastMomentUs(action));
  return lastUs + calmUs;
}

function contradiction(action: ChurnAction): string | undefined {
  if (action.kind === 'respawn' && action.fresh === action.peer) {
    return `.fresh: received ${action.fresh}, expected another peer than the one it replaces`;
  }
  if ((action.kind === 'hold' || action.kind === 'release') && action.from === action.to) {
    return `.to: received ${action.to}, expected another peer than from`;
  }
  if (lastMomentUs(action) > MAX_DURATION_US) {
    return `.downUs: received a return at ${formatDuration(lastMomentUs(action))}, expected one within ten years`;
  }
  return undefined;
}

function wholeNumber(max: number, unit: string): v.GenericSchema<number> {
  const message = `an integer 0 or more and at most ${max} ${unit}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(0, message), v.maxValue(max, message));
}

function distinct(groups: number[][]): boolean {
  const seen = new Set<number>();
  for (const group of groups) {
    for (const index of group) {
      if (seen.has(index)) return false;
      seen.add(index);
    }
  }
  return true;
}
