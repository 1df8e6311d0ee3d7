// How simple a scenario is: what shrinking brings down.
// Invariant: sizes are compared part by part, and each part is a number that is 0 or more and cannot fall without end, so
// shrinking ends.
import { lastMomentUs } from '../../sim/churn/plan.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { parseDuration } from '../../sim/duration.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { parseScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { without } from './without.ts';

/** The parts of a size, the weightiest first. */
export interface ScenarioSize {
  readonly actions: number;
  readonly defects: number;
  readonly nodes: number;
  /** Network faults, latencies that differ, and whatever else is not as it is by default. */
  readonly settings: number;
  readonly broadcastsPerSecond: number;
  /** Virtual time, in microseconds. */
  readonly endUs: number;
  /** What actions say besides their kind, peer and time, and how involved their kinds are. */
  readonly details: number;
  /** Sum of the times that actions name, in microseconds. */
  readonly timesUs: number;
}

const DEFAULTS: Scenario = parseScenario({}, 'defaults');

/** How involved each kind of action is: what it does counts one, and each further thing that it does one more. */
const KIND_DETAILS: Readonly<Record<ChurnAction['kind'], number>> = {
  kill: 1,
  stop: 2,
  start: 1,
  rejoin: 1,
  respawn: 3,
  restart: 3,
  partition: 1,
  heal: 1,
  hold: 1,
  release: 1,
  'black-hole': 1,
  act: 1,
};

/** The size of a scenario. */
export function sizeOf(scenario: ExplicitScenario): ScenarioSize {
  const { actions } = scenario.plan;
  return {
    actions: actions.length,
    defects: scenario.defects.length,
    nodes: scenario.nodes,
    settings: settingsOf(scenario),
    broadcastsPerSecond: scenario.workload.broadcastsPerSecond,
    endUs: parseDuration(scenario.for, 'for', { allowZero: true }),
    details: sum(actions.map(detailsOf)),
    timesUs: sum(actions.map((action) => action.atUs + lastMomentUs(action))),
  };
}

/** True when `one` is simpler than `other`: smaller in the first part in which they differ. */
export function isSmaller(one: ScenarioSize, other: ScenarioSize): boolean {
  for (const part of Object.keys(one) as (keyof ScenarioSize)[]) {
    if (one[part] !== other[part]) return one[part] < other[part];
  }
  return false;
}

/** Network faults that a scenario configures, by the names of their fields. */
export function networkFaultsOf({ network }: Scenario): string[] {
  const faults = without(network, 'latency', 'connectTimeoutUs', 'idleTimeoutUs');
  return Object.entries(faults).flatMap(([name, value]) => (value === 0 || value === null ? [] : [name]));
}

function settingsOf(scenario: Scenario): number {
  const { network, workload, config, costs, contacts, startIntervalUs } = scenario;
  const odd = [
    network.connectTimeoutUs !== DEFAULTS.network.connectTimeoutUs,
    network.idleTimeoutUs !== DEFAULTS.network.idleTimeoutUs,
    workload.payloadBytes !== DEFAULTS.workload.payloadBytes,
    contacts !== undefined,
    startIntervalUs !== DEFAULTS.startIntervalUs,
  ];
  const latency = network.latency.kind === 'fixed' ? 0 : 1;
  return (
    odd.filter(Boolean).length +
    networkFaultsOf(scenario).length +
    latency +
    leavesOf(config) +
    Object.keys(costs).length
  );
}

/** How many values that hold no further ones are in a value. */
function leavesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return sum(Object.values(value).map(leavesOf));
}

function detailsOf(action: ChurnAction): number {
  const values: unknown[] = Object.values(without(action, 'atUs', 'kind'));
  const partial = [action.atUs, lastMomentUs(action)].filter((us) => us % 1_000_000 !== 0).length;
  return KIND_DETAILS[action.kind] + sum(values.map((value) => (value === false ? 0 : leavesOf(value)))) + partial;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
