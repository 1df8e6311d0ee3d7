import test from 'ava';
import { MODELS } from '../../models/registry.ts';
import { InputError } from '../../sim/errors.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { corpus, corpusNamed } from './corpus.ts';

function brokenIn(scenario: ScenarioInput, defects: readonly string[]): string[] {
  const soak = resolveScenario(parseScenario({ ...scenario, defects: [...defects] }, 'shrunk'));
  return judgeSoak(soak, { twice: false })
    .verdicts.filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

test('the corpus has every defect of every model once, with its source', (t) => {
  const entries = corpus();
  const known = MODELS.flatMap(({ defects }) => defects.map(({ id }) => id));
  t.deepEqual(entries.map(({ defect }) => defect).toSorted(), [...new Set(known)].toSorted());
  for (const { about, defect } of entries) t.true(about.id === defect && about.source !== '');
});

test('entries are chosen by their defects, and an unknown one is refused with the nearest', (t) => {
  t.deepEqual(
    corpusNamed(['tls-close-notify-trailer', 'peer-topics-not-pruned']).map(({ defect }) => defect),
    ['peer-topics-not-pruned', 'tls-close-notify-trailer'],
  );
  const error = t.throws(() => corpusNamed(['peer-topics-not-prund']), { instanceOf: InputError });
  t.is(error?.code, 'unknown-defect');
});

test('most shrunk cases need a handful of actions', (t) => {
  const counts = corpus().map(({ shrunk }) => (shrunk.plan as ChurnPlan).actions.length);
  const few = counts.filter((count) => count <= 5).length;
  t.true(few >= counts.length * 0.75, `${few} of ${counts.length} have at most 5`);
});

for (const { defect, also = [], shrunk, shrunkBreaks } of corpus()) {
  test(`${defect} shrunk is red with it and green without`, (t) => {
    const red = brokenIn(shrunk, [defect, ...also]);
    t.deepEqual(
      shrunkBreaks.filter((name) => !red.includes(name)),
      [],
      `broken: ${red.join()}`,
    );
    t.true(shrunkBreaks.length > 0);
    t.deepEqual(brokenIn(shrunk, []), []);
  });
}
