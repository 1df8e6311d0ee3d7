import test from 'ava';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { parseAvt } from '../../sim/churn/avt.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import { judgeSoak } from './judge.ts';
import { parseScenario, resolveScenario } from './scenario.ts';

/** Few large meshes, many small ones: small ones are where overlays come apart. */
const SIZES = [8, 9, 10, 12, 16, 8, 24, 10, 9, 14, 40, 8, 11, 60, 100, 200];
/** Seeds per profile; `CLEAN_SEEDS=50` runs many more, for minutes. */
const SEED_COUNT = Number(process.env['CLEAN_SEEDS'] ?? 13);
/** What a run of a profile cannot show: nobody departs for good, or half of the mesh may be gone for good. */
const UNJUDGED: Readonly<Record<string, readonly string[]>> = {
  restart: ['residue-bounded'],
  'rolling-restart': ['residue-bounded'],
  'live-rotation': ['residue-bounded'],
  partition: ['residue-bounded'],
  none: ['residue-bounded', 'faults-fired'],
};

/** What the swarm cannot show under any profile: it runs on links, without tasks, spans or bytes accounted for. */
const NOT_OF_THE_SWARM = ['tasks-finish', 'spans-bounded', 'heap-plateaus', 'no-busy-loop'];

/** A made-up trace: sixty machines that are up for minutes and down for less. */
function madeUpTrace(seed: string): unknown {
  const random = new RandomStreams(seed).stream('trace');
  const lines = Array.from({ length: 60 }, (_, machine) => {
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

for (const { name } of churnProfiles) {
  test(`with all defects off every property holds under ${name}`, (t) => {
    const found: string[] = [];
    for (let index = 0; index < SEED_COUNT; index++) {
      const nodes = SIZES[index % SIZES.length]!;
      const seed = `clean/${index}`;
      const params = name === 'trace' ? { trace: madeUpTrace(seed) } : {};
      const soak = resolveScenario(parseScenario({ seed, nodes, profile: { name, params } }, 'clean'));
      const { verdicts } = judgeSoak(soak, { twice: index === 0 });
      for (const { ok, judged, name: property, figure } of verdicts) {
        const unjudged = [...NOT_OF_THE_SWARM, ...(UNJUDGED[name] ?? [])];
        const excused = unjudged.includes(property) || (property === 'deterministic' && index > 0);
        if (!ok || (!judged && !excused)) found.push(`seed ${seed}, ${nodes} nodes: ${property} ${figure}`);
      }
    }
    t.deepEqual(found, []);
  });
}
