// Shrinks every case of the corpus to the least that shows its defect, and writes properties/corpus/shrunk.ts.
// Invariant: a case that is written breaks one of the properties that its row names, in a run of its own, and holds
// without its defects.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ChurnPlan } from '../sim/churn/plan.ts';
import type { Cause } from '../properties/causes.ts';
import { CASES } from '../properties/corpus/corpus.ts';
import type { CorpusCase } from '../properties/corpus/membership.ts';
import type { ShrunkCase } from '../properties/corpus/shrunk.ts';
import { SHRUNK } from '../properties/corpus/shrunk.ts';
import { jsonLines } from '../properties/repro/json-text.ts';
import { shrinkScenario } from '../properties/shrink/shrink.ts';
import type { Shrunk } from '../properties/shrink/shrink.ts';
import { differences } from '../properties/soak/differences.ts';
import { judgeSoak } from '../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';

const FILE = new URL('../../properties/corpus/shrunk.ts', import.meta.url);

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '300' }, seed: { type: 'string', default: 'corpus' } },
  allowPositionals: true,
});

const shrunk: Record<string, ShrunkCase> = { ...SHRUNK };
for (const one of CASES) {
  if (positionals.length > 0 && !positionals.includes(one.defect)) continue;
  const startMs = performance.now();
  const found = shrunkCase(one);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (typeof found === 'string') process.stdout.write(`${one.defect}: ${found}, ${seconds} s\n`);
  else {
    shrunk[one.defect] = found;
    const { nodes, for: length, plan } = parseScenario(found.scenario, one.defect);
    const actions = (plan as ChurnPlan).actions.length;
    process.stdout.write(
      `${one.defect}: ${actions} actions, ${nodes} nodes, ${length}, ${found.breaks.join(' ')}, ${seconds} s\n`,
    );
    write();
  }
}

function shrunkCase(one: CorpusCase): ShrunkCase | string {
  const { defect, also = [], scenario: input, breaks, subject } = one;
  const scenario = parseScenario({ ...input, name: defect, seed: values.seed, defects: [defect, ...also] }, defect);
  // Any place that the row's properties point at, and the one that it names: whichever gets smaller.
  const kept: ((cause: Cause) => boolean)[] = [
    ({ property }) => breaks.includes(property),
    ({ property, where }) => breaks.includes(property) && where.includes(subject),
  ];
  const tried = kept.map((keep) => {
    const found = shrinkScenario(scenario, { where: defect, keep, maxRuns: Number(values.runs) });
    return { found, refusal: refusalOf(one, found) };
  });
  const good = tried.filter(({ refusal }) => refusal === undefined).map(({ found }) => found);
  const [least] = good.toSorted((a, b) => a.after.actions - b.after.actions || a.after.nodes - b.after.nodes);
  if (least === undefined) return tried.map(({ refusal }) => refusal).join('; ');
  const broken = breaks.filter((name) => least.causes.some(({ property }) => property === name));
  return { scenario: differences({ ...least.scenario, defects: [] }), breaks: broken };
}

/** Why what was found cannot stand for the case; undefined when it can. */
function refusalOf({ defect, also = [] }: CorpusCase, { scenario, causes }: Shrunk): string | undefined {
  if (causes.length === 0) return 'nothing broke';
  if (scenario.defects.join() !== [defect, ...also].join()) return `it needs ${scenario.defects.join(', ')} alone`;
  const green = judgeSoak(resolveScenario({ ...scenario, defects: [] }, defect), { twice: false });
  return green.ok ? undefined : 'it breaks without its defect too';
}

function write(): void {
  const text = readFileSync(FILE, 'utf8');
  const head = text.slice(0, text.indexOf('/** By defect. */'));
  const sorted = Object.fromEntries(
    CASES.flatMap(({ defect }) => (shrunk[defect] === undefined ? [] : [[defect, shrunk[defect]]])),
  );
  writeFileSync(
    FILE,
    `${head}/** By defect. */\n// prettier-ignore\nexport const SHRUNK: Readonly<Record<string, ShrunkCase>> = ${jsonLines(sorted)};\n`,
  );
}
