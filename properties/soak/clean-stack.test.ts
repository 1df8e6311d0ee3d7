import test from 'ava';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { parseAvt } from '../../sim/churn/avt.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import { QUICK } from '../corpus/stack.ts';
import { judgeSoak } from './judge.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { ScenarioInput } from './scenario.ts';

/** Small ones are where overlays come apart. */
const SIZES = [8, 5, 9, 6, 12, 8, 16, 10, 7, 14, 20, 8, 11, 30];
/** Seeds per profile of the small mesh and of the hub; `CLEAN_SEEDS=50` runs many more, for minutes. */
const SEEDS = Number(process.env['CLEAN_SEEDS'] ?? 2);

/** What a run of a profile cannot show: nobody departs for good, or half of the mesh may be gone for good. */
const UNJUDGED: Readonly<Record<string, readonly string[]>> = {
  restart: ['residue-bounded'],
  'rolling-restart': ['residue-bounded'],
  'live-rotation': ['residue-bounded'],
  partition: ['residue-bounded'],
  none: ['residue-bounded', 'faults-fired'],
};
/** What the hub cannot show: it has no overlay and no spans. */
const NOT_OF_THE_HUB = ['spans-bounded', 'views-symmetric', 'mesh-connected'];

/** A made-up trace: forty machines that are up for minutes and down for less. */
function madeUpTrace(seed: string): unknown {
  const random = new RandomStreams(seed).stream('trace');
  const lines = Array.from({ length: 40 }, (_, machine) => {
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

interface Run {
  readonly scenario: ScenarioInput;
  readonly profile: string;
  readonly index: number;
  /** Properties that the model cannot show. */
  readonly unjudged?: readonly string[];
  /** Properties that the model is not held to under the profile. */
  readonly ignored?: readonly string[];
}

/** What is wrong with a run: properties that broke, and those that should have been judged and were not. */
function wrongIn({ scenario, profile, index, unjudged = [], ignored = [] }: Run): string[] {
  const seed = `clean/${index}`;
  const nodes = SIZES[index % SIZES.length]!;
  const params = profile === 'trace' ? { trace: madeUpTrace(seed) } : {};
  const asked = { ...scenario, seed, nodes, profile: { name: profile, params } };
  const { verdicts } = judgeSoak(resolveScenario(parseScenario(asked, 'clean')), { twice: false });
  const excused = ['deterministic', ...(UNJUDGED[profile] ?? []), ...unjudged];
  return verdicts
    .filter(({ ok, judged, name }) => !ignored.includes(name) && (!ok || (!judged && !excused.includes(name))))
    .map(({ name, figure }) => `seed ${seed}, ${nodes} nodes: ${name} ${figure}`);
}

for (const { name: profile } of churnProfiles) {
  test(`with all defects off every property holds for the mesh under ${profile}`, (t) => {
    for (let index = 0; index < SEEDS; index++) t.deepEqual(wrongIn({ scenario: QUICK, profile, index }), []);
  });
}

for (const { name: profile } of churnProfiles) {
  // The hub has no acts of its own.
  if (profile === 'live-rotation') continue;
  test(`with all defects off every property holds for the hub under ${profile}`, (t) => {
    // Members never talk to each other, so that a hold between two of them has nothing to take effect on.
    const ignored = profile === 'partition' ? ['faults-fired'] : [];
    for (let index = 0; index < SEEDS; index++) {
      t.deepEqual(wrongIn({ scenario: { model: 'hub' }, profile, index, unjudged: NOT_OF_THE_HUB, ignored }), []);
    }
  });
}

test('with all defects off every property holds for the mesh as it ships', (t) => {
  const scenario: ScenarioInput = { model: 'mesh', workload: { broadcastsPerSecond: 0.5 } };
  for (const profile of ['kill-respawn', 'live-rotation']) t.deepEqual(wrongIn({ scenario, profile, index: 0 }), []);
});
