import test from 'ava';
import { EQUIVALENTS } from './equivalents.ts';
import { MutationCheck } from './mutation.ts';
import type { MutantVerdict } from './mutation.ts';
import { MUTATION_SCENARIOS } from './mutation-scenarios.ts';

/** Of all scenarios the shortest. */
const HUB = MUTATION_SCENARIOS.findIndex(({ name }) => name === 'hub under graceful');

const check = new MutationCheck([HUB]);
test.after.always(() => check.close());

test('a line whose loss is a leak is caught, one that is allowed survives, and one out of reach is told', async (t) => {
  const wanted = [
    'this.members.delete(remote);',
    'this.known.delete(oldest);',
    'this.outgoing.receiver.drop();',
    'this.members.delete(peer);',
  ];
  const mutants = check.mutants.filter(
    ({ file, line }) => file.startsWith('models/hub/') && wanted.includes(line.text),
  );
  const verdicts: MutantVerdict[] = [];
  await check.run(mutants, 1, (verdict) => verdicts.push(verdict));
  const told = verdicts.map(({ mutant, kind, what, allowed }) => {
    return [mutant.line.text, kind, what.includes('collections-plateau'), allowed !== undefined];
  });
  t.deepEqual(told, [
    ['this.members.delete(peer);', 'unreached', false, true],
    ['this.members.delete(remote);', 'caught', true, false],
    ['this.outgoing.receiver.drop();', 'survived', false, true],
    ['this.known.delete(oldest);', 'caught', true, false],
  ]);
});

test('every line that is allowed to survive is there, and is allowed once', (t) => {
  t.deepEqual(check.strayEquivalents, []);
  const keys = EQUIVALENTS.map(({ file, within, text }) => `${file} ${within} ${text}`);
  t.is(new Set(keys).size, keys.length);
});

test('a mutant is named by the line of its source', (t) => {
  const places = check.mutants.map(({ place }) => place);
  t.true(places.length > 250);
  t.true(places.every((place) => /^models\/[\w/-]+\.ts:\d+$/.test(place)));
});
