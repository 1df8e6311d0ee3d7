import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { looksLikeRepro, parseRepro, serialiseRepro } from './file.ts';
import { expectationOf, compareWithExpected, verifyRepro } from './verify.ts';

const PLAN = { version: 1, actions: [{ atUs: 20_000_000, kind: 'kill', peer: 5 }] };
const SCENARIO = parseScenario({ seed: 'file', nodes: 6, plan: PLAN, for: '60s' }, 'test');

function written(): Record<string, unknown> {
  const result = judgeSoak(resolveScenario(SCENARIO), { twice: false });
  return JSON.parse(serialiseRepro(result, 'quicksoak 1.2.3')!) as Record<string, unknown>;
}

function codeOf(value: unknown): string | undefined {
  try {
    parseRepro(value, 'f.json');
  } catch (error) {
    if (error instanceof InputError && error.message.startsWith('f.json: ')) return error.code;
    throw error;
  }
  return undefined;
}

test('a repro file comes back as it was written, its plan included, and runs the same again', (t) => {
  const repro = parseRepro(written(), 'f.json');
  t.deepEqual(repro.scenario.plan, SCENARIO.plan);
  t.is(repro.tool, 'quicksoak 1.2.3');
  const { outcome, differences, result } = verifyRepro(expectationOf(repro), 'f.json', { twice: false });
  t.deepEqual({ outcome, differences }, { outcome: 'same', differences: [] });
  t.is(result.record.eventCount, repro.eventCount);
});

test('a repro file of another version is refused with both versions', (t) => {
  const error = t.throws(() => parseRepro({ ...written(), version: 3 }, 'f.json'), { instanceOf: InputError });
  t.is(error?.code, 'repro-version');
  t.regex(error.message, /^f\.json: made by another version: received repro file version 3, expected 2$/);
});

test('what is no repro file, or not a whole one, is refused with its place', (t) => {
  const repro = written();
  for (const value of [null, 3, [], {}, { nodes: 5 }]) t.is(codeOf(value), 'bad-repro');
  t.is(codeOf({ ...repro, digest: 'xyz' }), 'bad-repro');
  t.is(codeOf({ ...repro, scenario: { nodes: 1 } }), 'bad-repro');
  t.is(codeOf({ ...repro, extra: 1 }), 'bad-repro');
  t.is(codeOf({ ...repro, eventCount: -1 }), 'bad-repro');
  t.is(codeOf({ ...repro, verdicts: { a: 'yes' } }), 'bad-repro');
  t.is(codeOf(repro), undefined);
});

test('a scenario is not mistaken for a repro file', (t) => {
  t.false(looksLikeRepro(SCENARIO));
  t.true(looksLikeRepro(written()));
});

test('a run that was cut short has no repro file', (t) => {
  const result = judgeSoak(resolveScenario(SCENARIO), { twice: false, maxEvents: 100 });
  t.is(serialiseRepro(result), undefined);
});

const EXPECTED = { scenario: SCENARIO, digest: 'a'.repeat(16), eventCount: 10, broken: ['joins-bounded'] };
const RECEIVED = {
  digest: 'a'.repeat(16),
  eventCount: 10,
  checkpoints: [],
  verdicts: [
    { name: 'joins-bounded', ok: false, judged: true },
    { name: 'residue-bounded', ok: true, judged: true },
  ],
  cutShort: undefined,
};

test('a run that is as expected has no differences', (t) => {
  t.deepEqual(compareWithExpected(EXPECTED, RECEIVED), {
    outcome: 'same',
    differences: [],
    fixed: false,
    notFixed: ['joins-bounded still breaks'],
  });
});

test('another digest and event count are told, and win over verdicts', (t) => {
  const received = { ...RECEIVED, digest: 'b'.repeat(16), eventCount: 11, verdicts: [] };
  t.deepEqual(compareWithExpected(EXPECTED, received), {
    outcome: 'digest-differs',
    differences: [
      { subject: 'digest', expected: 'a'.repeat(16), received: 'b'.repeat(16) },
      { subject: 'event count', expected: '10', received: '11' },
      { subject: 'joins-bounded', expected: 'broke', received: 'not judged' },
    ],
    fixed: false,
    notFixed: ['joins-bounded broke then and is not judged now'],
  });
});

test('properties that are judged otherwise are told by name', (t) => {
  const verdicts = RECEIVED.verdicts.map((verdict) => ({ ...verdict, ok: !verdict.ok }));
  t.deepEqual(compareWithExpected(EXPECTED, { ...RECEIVED, verdicts }), {
    outcome: 'verdict-differs',
    differences: [
      { subject: 'joins-bounded', expected: 'broke', received: 'held' },
      { subject: 'residue-bounded', expected: 'held', received: 'broke' },
    ],
    fixed: false,
    notFixed: ['residue-bounded breaks now'],
  });
});

test('a run in which what broke holds, and nothing else broke, is fixed, whether or not it is the same run', (t) => {
  const verdicts = RECEIVED.verdicts.map((verdict) => ({ ...verdict, ok: true }));
  for (const digest of ['a', 'b']) {
    t.true(compareWithExpected(EXPECTED, { ...RECEIVED, digest: digest.repeat(16), verdicts }).fixed);
  }
  const other = verdicts.map((verdict) => ({ ...verdict, ok: verdict.name !== 'residue-bounded' }));
  t.false(compareWithExpected(EXPECTED, { ...RECEIVED, verdicts: other }).fixed);
  t.false(compareWithExpected(EXPECTED, { ...RECEIVED, verdicts: [] }).fixed, 'nothing was judged');
  t.false(compareWithExpected({ ...EXPECTED, broken: [] }, { ...RECEIVED, verdicts }).fixed, 'nothing was broken');
  t.false(compareWithExpected({ ...EXPECTED, edited: true }, { ...RECEIVED, verdicts }).fixed, 'it was edited');
  const unjudged = verdicts.map((verdict) => ({ ...verdict, judged: false }));
  t.deepEqual(compareWithExpected(EXPECTED, { ...RECEIVED, verdicts: unjudged }).notFixed, [
    'joins-bounded broke then and is not judged now',
  ]);
});

test('another run is told with the stretch in which it parts from the recorded one', (t) => {
  const at = (digests: string): { atUs: number; digest: string }[] =>
    Array.from(digests).map((digest, place) => ({ atUs: (place + 1) * 1_000_000, digest }));
  const expected = { ...EXPECTED, checkpoints: at('xyz') };
  const { differences } = compareWithExpected(expected, {
    ...RECEIVED,
    digest: 'b'.repeat(16),
    checkpoints: at('xya'),
  });
  t.like(differences[1], { subject: 'the way there', received: 'as recorded until 2s, another run at 3s' });
});

test('a file that was edited is known by its checksum, and one that was only laid out anew is not', (t) => {
  const repro = written();
  const edited = (value: object): boolean => parseRepro(value, 'f.json').edited;
  t.false(edited(repro));
  t.false(edited(Object.fromEntries(Object.entries(repro).toReversed())));
  t.true(edited({ ...repro, eventCount: 1 }));
  t.true(edited({ ...repro, scenario: { ...SCENARIO, plan: { version: 1, actions: [] } } }));
  t.true(expectationOf(parseRepro({ ...repro, eventCount: 1 }, 'f.json')).edited);
});

test('a repro writes out the churn that its profile drew', (t) => {
  const drawn = resolveScenario(parseScenario({ seed: 'drawn', nodes: 6, for: '7m' }, 'test'));
  const result = judgeSoak(drawn, { twice: false });
  const repro = parseRepro(JSON.parse(serialiseRepro(result)!), 'f.json');
  t.deepEqual(repro.scenario.plan, drawn.plan);
  t.is(verifyRepro(expectationOf(repro), 'f.json', { twice: false }).outcome, 'same');
});

test('a run that was cut short is not compared', (t) => {
  t.is(compareWithExpected(EXPECTED, { ...RECEIVED, digest: 'b', cutShort: 'expired' }).outcome, 'cut-short');
});
