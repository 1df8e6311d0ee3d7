import test from 'ava';
import fc from 'fast-check';
import { greeters as greetersModel, workers } from './greeters.test.fixture.ts';
import type { Model } from '../../models/model.ts';
import { catalogueWith } from '../catalogue.ts';
import { causeText } from '../causes.ts';
import { parseRepro } from '../repro/file.ts';
import { decodeToken } from '../repro/token.ts';
import { expectationOf, verifyRepro } from '../repro/verify.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { failureIn, failureOf, nobodyEnds, thrownBy } from './assertion.test.fixture.ts';
import type { SoakFailure } from './failure.ts';
import { soakProperty } from './soak-property.ts';
import type { SoakPropertyOptions } from './soak-property.ts';

const greeters: Model = greetersModel;
const SEED = 5;
const LEAK: SoakPropertyOptions = { defects: ['departed-kept'], nodes: { max: 8 }, twice: false };

/** Every failure of one assertion, the first one as it was drawn, and what was thrown in the end. */
function found(): { readonly error: Error; readonly failures: readonly SoakFailure[] } {
  const failures: SoakFailure[] = [];
  const onFailure = (failure: SoakFailure): void => void failures.push(failure);
  const error = thrownBy(soakProperty(greeters, { ...LEAK, use: './greeters.js', onFailure }), { seed: SEED });
  return { error, failures };
}

/** Several tests look at the same one. */
const FOUND = found();
const SMALLEST = failureIn(FOUND.error);

test('a model without a leak holds in every drawn scenario, one of tasks that sends nothing too', (t) => {
  t.notThrows(() => fc.assert(soakProperty(greeters, { nodes: { max: 6 } }), { seed: SEED, numRuns: 8 }));
  t.notThrows(() => fc.assert(soakProperty(workers, { nodes: { max: 6 } }), { seed: SEED, numRuns: 8 }));
});

test('a leak is found, shrinks to a few actions, and is told with the line that runs it again', (t) => {
  const { scenario, message } = SMALLEST;
  t.true(scenario.nodes <= 4);
  t.true((scenario.plan as ExplicitScenario['plan']).actions.length <= 6);
  const lines = message.split('\n');
  t.is(lines[0], 'residue-bounded broke');
  const who = `${scenario.nodes} nodes, seed ${JSON.stringify(scenario.seed)}`;
  t.is(lines[1], `  scenario drawn-greeters, model greeters, ${who}`);
  t.true(lines.some((line) => line.startsWith('  drawn: ') && line.includes('network faults')));
  t.regex(lines.at(-2)!, /^residue-bounded: met\[\*\]: .* per departure/);
  t.is(lines.at(-1), `npx quicksoak repro ${SMALLEST.token} --use ./greeters.js`);
  t.deepEqual(SMALLEST.causes.map(causeText), ['residue-bounded: met[*]']);
});

test('a person sees a line of the counterexample, not all of it, and no frames of the tool', (t) => {
  t.regex(FOUND.error.message, /Counterexample: \[scenario [0-9a-f]{16}: greeters, \d nodes, \d+ actions, /);
  t.true(FOUND.error.message.includes(`\n${SMALLEST.message}\n]\n`));
  t.is(SMALLEST.stack, `SoakFailure: ${SMALLEST.message}`);
  t.deepEqual(Object.keys(SMALLEST), []);
  t.is(JSON.stringify(SMALLEST), JSON.stringify({ name: 'SoakFailure', message: SMALLEST.message }));
});

test('every failure is handed over, the smallest one last', (t) => {
  t.is(FOUND.failures.at(-1), SMALLEST);
  t.true(SMALLEST.fileText.length < FOUND.failures[0]!.fileText.length);
});

test('the token and the repro of a failure run it again to the same digest and verdicts', (t) => {
  const catalogue = catalogueWith({ models: [greeters] });
  const { scenario, digest, broken } = decodeToken(SMALLEST.token!);
  t.deepEqual(scenario, SMALLEST.scenario);
  t.is(scenario.notes, undefined);
  t.is(verifyRepro({ scenario, digest, broken: broken! }, 'token', { catalogue, twice: false }).outcome, 'same');
  const repro = parseRepro(JSON.parse(SMALLEST.fileText), 'file');
  t.is(verifyRepro(expectationOf(repro), 'file', { catalogue, twice: false }).outcome, 'same');
  t.is(repro.digest, digest);
});

test('the seed and the path that fast-check prints replay the smallest failure', (t) => {
  const path = /path: "([^"]*)"/.exec(FOUND.error.message)![1]!;
  const property = soakProperty(greeters, LEAK);
  for (let round = 0; round < 2; round++) {
    const again = failureOf(property, { seed: SEED, path, endOnFailure: true });
    t.deepEqual(again.scenario, SMALLEST.scenario);
    t.is(again.token, SMALLEST.token);
  }
});

test('a property that is asserted twice finds the same twice', (t) => {
  const property = soakProperty(greeters, { ...LEAK, nodes: { max: 5 } });
  const once = failureOf(property, { seed: 1 });
  t.is(failureOf(property, { seed: 1 }).token, once.token);
});

test('a saved scenario shrinks like one that was drawn', (t) => {
  const [first] = FOUND.failures;
  const saved = JSON.parse(JSON.stringify(first!.scenario)) as ExplicitScenario;
  const again = failureOf(soakProperty(greeters, LEAK), { numRuns: 1, examples: [[saved]] });
  t.deepEqual(again.causes, first!.causes);
  t.true(again.fileText.length < first!.fileText.length);
});

test('while a finding shrinks it stays the same finding', (t) => {
  const sought: string[][] = [];
  const property = soakProperty(greeters, {
    properties: [nobodyEnds('second-stays', 2), nobodyEnds('third-stays', 3)],
    only: ['second-stays', 'third-stays'],
    churn: ['plan'],
    changeKinds: ['kill'],
    nodes: { min: 6, max: 6 },
    changes: { min: 1, max: 3 },
    waves: { min: 1, max: 2 },
    onFailure: ({ causes }) => void sought.push(causes.map(causeText)),
  });
  const firsts = new Set<string>();
  for (let seed = 0; seed < 6; seed++) {
    sought.length = 0;
    failureOf(property, { seed });
    const [first] = sought;
    firsts.add(first!.join());
    for (const causes of sought) t.true(causes.some((cause) => first!.includes(cause)));
  }
  t.true(firsts.size > 1);
});

test('what was drawn is run twice, and what it is shrunk to once', (t) => {
  let runs = 0;
  const build: Model['build'] = (context) => {
    runs++;
    return greeters.build(context);
  };
  const runsOf = (options: SoakPropertyOptions): number => {
    runs = 0;
    fc.assert(soakProperty({ ...greeters, build }, { nodes: { max: 4 }, ...options }), { seed: 1, numRuns: 3 });
    return runs;
  };
  t.is(runsOf({}), 6);
  t.is(runsOf({ twice: false }), 3);
  t.is(runsOf({ except: ['deterministic'] }), 3);
  const tries: number[] = [];
  const options: SoakPropertyOptions = { ...LEAK, twice: true, onFailure: () => void tries.push(runs) };
  thrownBy(soakProperty({ ...greeters, build }, options), { seed: SEED });
  // From one failure to the next there is a run for each scenario that was tried in between.
  t.true(tries.slice(1).some((count, place) => count - tries[place]! === 1));
});

test('only and except choose what is judged, own properties among them', (t) => {
  const properties = [nobodyEnds('first-stays', 0)];
  const green = (options: SoakPropertyOptions): void => {
    fc.assert(soakProperty(greeters, { ...LEAK, ...options }), { seed: SEED, numRuns: 6 });
  };
  t.notThrows(() => green({ except: ['residue-bounded', 'collections-plateau'] }));
  t.notThrows(() => green({ only: ['joins-bounded', 'first-stays'], properties }));
  const options: SoakPropertyOptions = { ...LEAK, only: ['residue-bounded'] };
  const failure = failureOf(soakProperty(greeters, options), { seed: SEED, endOnFailure: true });
  t.deepEqual(failure.scenario.properties, ['residue-bounded']);
});

test('faults that a draw asks for in vain are no finding, unless asked to be', (t) => {
  const options: SoakPropertyOptions = { nodes: { max: 4 }, faults: ['jitter'], churn: ['none'] };
  t.notThrows(() => fc.assert(soakProperty(workers, options), { seed: SEED, numRuns: 6 }));
  const failure = failureOf(soakProperty(workers, { ...options, only: ['faults-fired'] }), { seed: SEED });
  t.deepEqual(failure.causes.map(causeText), ['faults-fired: jitter']);
});

test('a built-in model needs no module to be named, and a placeholder stands for one that is not', (t) => {
  const own = failureOf(soakProperty(greeters, LEAK), { seed: SEED, endOnFailure: true });
  t.regex(own.message, /\nnpx quicksoak repro \S+ --use <your module>$/);
  const spin: SoakPropertyOptions = { defects: ['tls-close-notify-trailer'], nodes: { max: 3 }, churn: ['none'] };
  const few: SoakPropertyOptions = { ...spin, waves: { min: 1, max: 1 }, twice: false };
  const builtIn = failureOf(soakProperty('tls-proxy', few), { seed: SEED, endOnFailure: true });
  t.regex(builtIn.message, /\nno-busy-loop: .*\nnpx quicksoak repro qs\d+-[\w-]+$/s);
});

test('a finding that is too long for a token says how to write a repro file', (t) => {
  const many: SoakPropertyOptions = { ...LEAK, churn: ['plan'], changes: { min: 200, max: 200 } };
  const property = soakProperty(greeters, { ...many, changeKinds: ['respawn'] });
  const failure = failureOf(property, { seed: SEED, endOnFailure: true });
  t.is(failure.token, undefined);
  t.regex(failure.message, /too long for a token: .*fileText to a file, and\nnpx quicksoak repro <file> --use/);
  t.is(parseRepro(JSON.parse(failure.fileText), 'file').digest, failure.repro!.digest);
});

test('a finding in a run that its budget cut short has no digest, and says so', (t) => {
  const spin: SoakPropertyOptions = { defects: ['tls-close-notify-trailer'], nodes: { min: 3, max: 3 } };
  const property = soakProperty('tls-proxy', { ...spin, churn: ['none'], maxEvents: 5_000 });
  const failure = failureOf(property, { seed: SEED, endOnFailure: true });
  t.deepEqual([failure.token, failure.repro], [undefined, undefined]);
  t.regex(failure.message, /cut short at .*has no digest.*\nnpx quicksoak soak <file>$/s);
  t.deepEqual(JSON.parse(failure.fileText), failure.scenario);
});
