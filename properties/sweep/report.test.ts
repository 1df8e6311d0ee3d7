// What is made of a sweep's runs: summary, findings, CSV and JUnit.
import test from 'ava';
import fc from 'fast-check';
import { parseXml } from '../flame/xml.test.fixture.ts';
import type { XmlElement } from '../flame/xml.test.fixture.ts';
import { csvOf } from './csv.ts';
import { groupsOf } from './groups.ts';
import { junitOf } from './junit.ts';
import type { JobOutcome } from './outcome.ts';
import { sweepReport } from './report.ts';
import { summaryOf } from './summary.ts';
import { done, planOf } from './sweep.test.fixture.ts';

const OPTIONS = { seed: 44, numRuns: 200 };
const PATHS = { property: 'residue-bounded', where: 'gossip.peerData' };
const TASKS = { property: 'tasks-finish', where: 'task gossip.dial' };

function collected(outcomes: readonly JobOutcome[]): { run: number; outcome: JobOutcome }[] {
  return outcomes.map((outcome, run) => ({ run, outcome }));
}

test('a summary compares each cell with the first, seed by seed', (t) => {
  const plan = planOf(2, 3);
  // Seeds differ widely, and the second cell always has two more.
  const runs = collected([1, 3, 100, 102, 1000, 1002].map((hops) => done({ hops })));
  const [first, second] = summaryOf(plan, runs);
  t.like(first, { cell: 0, metric: 'hops', count: 3, mean: 367, pairCount: null, difference: null });
  t.like(second, { cell: 1, count: 3, mean: 369, pairCount: 3, difference: 2, differenceLow: 2, differenceHigh: 2 });
});

test('a run without a metric, cut short or dead takes no part in its mean', (t) => {
  const plan = planOf(1, 4);
  const cut = done({ hops: 1000 });
  if (cut.kind === 'done') Object.assign(cut.result, { cutShort: 'events-spent' });
  const runs = collected([done({ hops: 1 }), done({ other: 5 }), cut, { kind: 'died', message: 'x' }]);
  t.deepEqual(
    summaryOf(plan, runs).map(({ metric, count, mean }) => [metric, count, mean]),
    [
      ['hops', 1, 1],
      ['other', 1, 5],
    ],
  );
  const { runs: columns, cells } = sweepReport(plan, runs);
  t.deepEqual(columns['hops'], [1, null, 1000, null]);
  t.deepEqual(columns['outcome'], ['held', 'held', 'events-spent', 'died']);
  t.like(cells[0], { runCount: 4, heldCount: 2, brokeCount: 0, unfinishedCount: 2 });
});

test('columns are of equal length, whatever runs had', (t) => {
  const metrics = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer());
  const property = fc.property(
    fc.array(metrics, { maxLength: 12 }),
    fc.integer({ min: 1, max: 3 }),
    (all, cellCount) => {
      const plan = planOf(cellCount, 4);
      const { summary, runs } = sweepReport(plan, collected(all.slice(0, cellCount * 4).map((one) => done(one))));
      for (const table of [summary, runs]) {
        t.is(new Set(Object.values(table).map(({ length }) => length)).size, 1);
      }
    },
  );
  fc.assert(property, OPTIONS);
});

test('findings are grouped by cause, most runs first, each with its first run', (t) => {
  const plan = planOf(2, 3);
  const runs = collected([
    done(),
    done({}, [TASKS]),
    done({}, [PATHS]),
    done({}, [PATHS, TASKS]),
    { kind: 'hung', afterMs: 2000 },
    done({}, [PATHS]),
  ]);
  const groups = groupsOf(plan, runs);
  t.deepEqual(
    groups.map(({ text, count, countByCell, firstSeed, firstCell }) => [
      text,
      count,
      countByCell,
      firstSeed,
      firstCell,
    ]),
    [
      ['residue-bounded: gossip.peerData', 3, [1, 2], 's/1', 0],
      ['tasks-finish: task gossip.dial', 2, [0, 2], 's/0', 1],
      ['hung: no answer in 2 s', 1, [1, 0], 's/2', 0],
    ],
  );
  t.like(groups[0], { share: 0.5, runCount: 6, evidence: 'gossip.peerData grew' });
  t.regex(groups[0]!.token!, /^qs\d+-/);
  t.is(groups[2]!.token, null);
});

/** Reads CSV as RFC 4180 has it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    const [all, quoted, bare, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(text.slice(at))!;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare!);
    if (end === '\r\n') rows.push([]);
    at += all.length;
  }
  return rows.slice(0, -1);
}

test('CSV gives back every text', (t) => {
  const texts = fc.array(fc.tuple(fc.string(), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a') })), {
    minLength: 1,
  });
  const property = fc.property(texts, (rows) => {
    const csv = csvOf({ 'a,b': rows.map(([text]) => text), c: rows.map(([, text]) => text) });
    t.deepEqual(readCsv(csv), [['a,b', 'c'], ...rows]);
  });
  fc.assert(property, OPTIONS);
  t.is(csvOf({ a: [1.5, null, true], b: ['x', undefined, 0] }), 'a,b\r\n1.5,x\r\n,\r\ntrue,0\r\n');
});

function parsed(document: string): XmlElement {
  const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n';
  return parseXml(document.startsWith(prolog) ? document.slice(prolog.length) : '');
}

/** What Jenkins' schema says of the elements that are written: parents, and attributes, those with ! required. */
const SCHEMA: Readonly<Record<string, { within: readonly string[]; attributes: readonly string[] }>> = {
  testsuites: { within: [''], attributes: ['name', 'tests', 'failures', 'errors'] },
  testsuite: { within: ['testsuites'], attributes: ['name!', 'tests!', 'failures', 'errors'] },
  testcase: { within: ['testsuite'], attributes: ['name!', 'classname!'] },
  failure: { within: ['testcase'], attributes: ['type', 'message'] },
  error: { within: ['testcase'], attributes: ['type', 'message'] },
};

function schemaMistakes(element: XmlElement, parent = ''): string[] {
  const rule = SCHEMA[element.tag];
  if (rule?.within.includes(parent) !== true) return [`<${element.tag}> in <${parent}>`];
  const known = rule.attributes.map((name) => name.replace('!', ''));
  const required = rule.attributes.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  return [
    ...[...element.attributes.keys()].filter((name) => !known.includes(name)),
    ...required.filter((name) => !element.attributes.has(name)),
    ...element.children.flatMap((child) => schemaMistakes(child, element.tag)),
  ];
}

test('JUnit has a suite by cell and a test by run, and counts what it has', (t) => {
  const plan = planOf(2, 2);
  const runs = collected([done(), done({}, [PATHS, TASKS]), { kind: 'died', message: 'ran out of memory' }, done()]);
  const repro = ({ run }: { run: number }): string | undefined => (run === 1 ? 'npx quicksoak repro qs1-x' : undefined);
  const root = parsed(junitOf(plan, runs, { name: 'quicksoak mesh', repro }));
  t.deepEqual(schemaMistakes(root), []);
  t.deepEqual(
    root.children.map(({ attributes }) => [...attributes]),
    [
      [
        ['name', 'quicksoak mesh: a=0'],
        ['tests', '2'],
        ['failures', '0'],
        ['errors', '1'],
      ],
      [
        ['name', 'quicksoak mesh: a=1'],
        ['tests', '2'],
        ['failures', '1'],
        ['errors', '0'],
      ],
    ],
  );
  const [failure] = root.children[1]!.children[0]!.children;
  t.is(failure!.tag, 'failure');
  t.is(failure!.attributes.get('message'), 'residue-bounded: gossip.peerData; tasks-finish: task gossip.dial');
  t.regex(failure!.text, /\nnpx quicksoak repro qs1-x$/);
  const [error] = root.children[0]!.children[1]!.children;
  t.is(error!.attributes.get('type'), 'died');
});

test('JUnit is well-formed whatever names, seeds and messages hold', (t) => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('<', '&', '"', "'", ']]>', '\n', '\0', '\u{1b}', '\uFFFE', '\uD800'), fc.string()),
  });
  const property = fc.property(text, text, text, (name, seed, message) => {
    const plan = { ...planOf(1, 1), seeds: [seed] };
    const document = junitOf(plan, collected([{ kind: 'refused', code: 'model-threw', message }]), {
      name,
      repro: () => message,
    });
    const root = parsed(document);
    t.deepEqual(schemaMistakes(root), []);
    t.is(root.children[0]!.children.length, 1);
  });
  fc.assert(property, OPTIONS);
});
