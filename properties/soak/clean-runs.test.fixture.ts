// Clean runs: each model with all its defects off under each profile, and what such a run is excused from.
// Invariant: what is wrong with a run is a function of its verdicts, its model and its profile; no seed is excused.
import { parseAvt } from '../../sim/churn/avt.ts';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import { QUICK } from '../corpus/stack.ts';
import type { Verdict } from '../property.ts';
import { parseScenario } from './scenario.ts';
import type { Scenario, ScenarioInput } from './scenario.ts';

/** A model that is run clean, and what it is excused from under every profile. */
export interface CleanModel {
  readonly name: string;
  readonly scenario: ScenarioInput;
  /** Properties that it gives no ground to judge: it has no overlay, no spans, no tasks. */
  readonly cannotShow: readonly string[];
  /** Profiles that it is not run under. */
  readonly without: readonly string[];
  /** Properties that it is not held to under a profile. */
  readonly ignored: Readonly<Record<string, readonly string[]>>;
}

/** The models that are run clean. */
export const CLEAN_MODELS: readonly CleanModel[] = [
  { name: 'mesh', scenario: QUICK, cannotShow: [], without: [], ignored: {} },
  {
    name: 'swarm',
    scenario: {},
    // It runs on links, without tasks, spans or bytes accounted for.
    cannotShow: ['tasks-finish', 'spans-bounded', 'heap-plateaus', 'no-busy-loop'],
    without: [],
    ignored: {},
  },
  {
    name: 'hub',
    scenario: { model: 'hub' },
    // It has no overlay and no spans.
    cannotShow: ['spans-bounded', 'views-symmetric', 'mesh-connected'],
    // It has no acts of its own.
    without: ['live-rotation'],
    // Members never talk to each other, so that a hold between two of them has nothing to take effect on.
    ignored: { partition: ['faults-fired'] },
  },
  {
    name: 'tls-proxy',
    scenario: { model: 'tls-proxy' },
    // It has no overlay and broadcasts nothing.
    cannotShow: ['views-symmetric', 'mesh-connected', 'broadcast-delivered'],
    without: [],
    ignored: {},
  },
];

/** What a run of a profile cannot show: nobody departs for good, or half of the mesh may be gone for good. */
const UNJUDGED: Readonly<Record<string, readonly string[]>> = {
  restart: ['residue-bounded'],
  'rolling-restart': ['residue-bounded'],
  'live-rotation': ['residue-bounded'],
  partition: ['residue-bounded'],
  none: ['residue-bounded', 'faults-fired'],
};

/** One clean run. */
export interface CleanRun {
  readonly model: CleanModel;
  readonly profile: string;
  /** Number of the seed, from 0. */
  readonly index: number;
  /** Sizes of the network, which seeds take in turns. */
  readonly sizes: readonly number[];
  /** Departures of the whole run, under profiles that depart; default by the profile. */
  readonly departures?: number;
  /** What the scenario sets besides; default nothing. */
  readonly over?: ScenarioInput;
}

/** Names of the profiles that a model is run under. */
export function cleanProfiles({ without }: CleanModel): string[] {
  return churnProfiles.map(({ name }) => name).filter((name) => !without.includes(name));
}

/** The scenario of a run. */
export function cleanScenario({ model, profile, index, sizes, departures, over }: CleanRun): Scenario {
  const seed = `clean/${index}`;
  const departs = churnProfiles.some(({ name, departs: ends }) => name === profile && ends);
  const params = {
    ...(profile === 'trace' ? { trace: madeUpTrace(seed) } : {}),
    ...(departs && departures !== undefined ? { departures } : {}),
  };
  const nodes = sizes[index % sizes.length]!;
  return parseScenario({ ...model.scenario, ...over, seed, nodes, profile: { name: profile, params } }, 'clean');
}

/** What is wrong with a run, a line each: properties that broke, and those that should have been judged and were not. */
export function wrongIn({ model, profile }: CleanRun, verdicts: readonly Verdict[], twice: boolean): string[] {
  const ignored = model.ignored[profile] ?? [];
  const excused = [...model.cannotShow, ...(UNJUDGED[profile] ?? []), ...(twice ? [] : ['deterministic'])];
  return verdicts
    .filter(({ ok, judged, name }) => !ignored.includes(name) && (!ok || (!judged && !excused.includes(name))))
    .map(({ name, figure }) => `${name}: ${figure}`);
}

/** Machines of a made-up trace. */
const MACHINES = 60;

/** A made-up trace: machines that are up for minutes and down for less. */
function madeUpTrace(seed: string): unknown {
  const random = new RandomStreams(seed).stream('trace');
  const lines = Array.from({ length: MACHINES }, (_, machine) => {
    const intervals: string[] = [];
    for (let atS = 0; intervals.length < 12;) {
      const upS = random.between(60, 1200);
      intervals.push(`${atS} ${atS + upS}`);
      atS += upS + random.between(10, 300);
    }
    return `${machine} ${intervals.length} ${intervals.join(' ')}`;
  });
  return parseAvt(lines.join('\n'), 'made-up trace');
}
