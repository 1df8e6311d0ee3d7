// The pass over settings: defects that are not needed, network faults, latencies, workload, configuration, costs.
// Invariant: of the defects one is left at least: what is found without any is another finding.
import type { ExplicitScenario } from '../soak/explicit.ts';
import { parseScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { Draft } from './draft.ts';
import { without } from './without.ts';

const DEFAULTS: Scenario = parseScenario({}, 'defaults');
/** Broadcasts per second to try. */
const RATES = [0, 0.1, 0.5, 1, 2, 10];

/** Each defect alone, then all but one. */
export function* fewerDefects(draft: Draft): IterableIterator<ExplicitScenario | undefined> {
  const { defects } = draft.scenario;
  if (defects.length < 2) return;
  for (const defect of defects) yield draft.settled({ defects: [defect] });
  for (const index of defects.keys()) yield draft.settled({ defects: defects.toSpliced(index, 1) });
}

/** Settings as they are by default, or without effect: all of them, then one by one. */
export function* plainerSettings(draft: Draft): IterableIterator<ExplicitScenario | undefined> {
  const { scenario } = draft;
  const plain = plainNetwork(scenario);
  yield draft.settled({ network: plain, config: {}, costs: {} });
  yield draft.settled({ network: plain });
  yield draft.settled({ config: {} });
  yield draft.settled({ costs: {} });
  for (const broadcastsPerSecond of RATES)
    yield draft.settled({ workload: { ...scenario.workload, broadcastsPerSecond } });
  yield draft.settled({ workload: { ...scenario.workload, payloadBytes: DEFAULTS.workload.payloadBytes } });
  yield draft.settled({ startIntervalUs: DEFAULTS.startIntervalUs });
  yield without(scenario, 'contacts');
  for (const [name, value] of Object.entries(plain)) {
    yield draft.settled({ network: { ...scenario.network, [name]: value } });
  }
  for (const config of withoutOne(scenario.config)) yield draft.settled({ config });
  for (const costs of withoutOne(scenario.costs)) yield draft.settled({ costs });
}

/** The default network with one latency for all. */
function plainNetwork({ network }: Scenario): Scenario['network'] {
  return { ...DEFAULTS.network, latency: { kind: 'fixed', us: middleUs(network.latency) } };
}

/** A latency in the middle of those that occur, in whole milliseconds where they are longer. */
function middleUs(latency: Scenario['network']['latency']): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.us;
    case 'uniform':
      return roundedUs((latency.minUs + latency.maxUs) / 2);
    case 'lognormal':
      return roundedUs(latency.medianUs);
    case 'table': {
      const ascending = latency.regions.flat().toSorted((a, b) => a - b);
      return roundedUs(ascending[Math.floor(ascending.length / 2)]!);
    }
  }
}

function roundedUs(us: number): number {
  return us < 1_000 ? Math.ceil(us) : Math.round(us / 1_000) * 1_000;
}

/** An object without one of its values at any depth: whole parts first, in order. */
function* withoutOne(value: Readonly<Record<string, unknown>>): IterableIterator<Record<string, unknown>> {
  for (const key of Object.keys(value)) yield without(value, key);
  for (const [key, part] of Object.entries(value)) {
    if (!isObject(part)) continue;
    for (const smaller of withoutOne(part)) yield { ...value, [key]: smaller };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
