import test from 'ava';
import type { QuicksoakError } from '../../sim/errors.ts';
import { checked, linesOf } from './check.test.fixture.ts';
import type { CheckResult } from './log-check.ts';
import { parseMapping } from './mapping.ts';
import { compiledPointer } from './pointer.ts';

const fields = { time: '/ts', node: '/host' };
const rule = { when: { '/event': 'spawn' }, kind: 'task-spawned', fields: { id: '/id', site: '/where' } };

function mapped(mapping: object, lines: readonly object[], name = 'log', lenient = false): CheckResult {
  const { reader } = parseMapping(mapping, 'map.json');
  return checked({ [name]: linesOf(lines as Record<string, unknown>[]) }, { mapped: reader, lenient });
}

test('a pointer takes names and places, and * the last of a list that has the rest', (t) => {
  const line = {
    'a.b': { 'c/d': [1, { e: null }] },
    spans: [{ name: 'root', peer: 'x' }, { name: 'in', peer: 'y' }, { name: 'leaf' }],
  };
  t.is(compiledPointer('/a.b/c~1d/0')(line), 1);
  t.is(compiledPointer('/spans/*/peer')(line), 'y');
  t.is(compiledPointer('/spans/0/peer')(line), 'x');
  t.is(compiledPointer('/spans/*/none')(line), undefined);
  t.is(compiledPointer('/spans/name')(line), undefined);
  t.is(compiledPointer('/constructor')(line), undefined);
  t.is(compiledPointer('/a.b/c~1d/7/x')(line), undefined);
});

test('the first rule whose conditions a line meets reads it, and lines that meet none are counted', (t) => {
  const result = mapped(
    {
      version: 1,
      timeUnit: 'ms',
      fields,
      rules: [
        {
          ...rule,
          when: { '/event': { in: ['spawn', 'go'] }, '/skip': { exists: false }, '/where': { prefix: 'x.' } },
        },
        {
          when: { '/event': { not: 'noise' } },
          kind: 'messages',
          fields: { count: { from: '/size', map: { big: 7 }, default: 2 } },
        },
      ],
    },
    [
      { ts: 1000, host: 'a', event: 'spawn', id: '1', where: 'x.one' },
      { ts: 2000, host: 'a', event: 'go', id: 2, where: 'x.one' },
      { ts: 3000, host: 'a', event: 'spawn', id: 3, where: 'y' },
      { ts: 4000, host: 'a', event: 'spawn', id: 4, where: 'x.one', skip: 0, size: 'big' },
      { ts: 5000, host: 'a', event: 'noise' },
    ],
  );
  t.is(result.events, 4);
  t.is(result.record.endUs, 3_000_000);
  t.is(result.record.tasks.sites[0]?.spawned, 2);
  t.is(result.record.meters[0], 9);
  t.deepEqual(result.notes.slice(-2), [
    '1 line fits no rule of the mapping, passed over',
    '1 node had run since before the log',
  ]);
});

test('a field may be joined, split, the first of several, a constant, or the name of the log', (t) => {
  const { record } = mapped(
    {
      version: 1,
      fields: { time: '/ts', node: { first: ['/none', { file: true }] } },
      rules: [
        {
          when: {},
          kind: 'collection',
          fields: { path: { join: ['/a', '.', '/b'] }, size: { value: 3 }, peers: { split: '/peers', at: ',' } },
        },
      ],
    },
    [
      { ts: '2026-11-30T20:00:00Z', a: 'x', b: 'y', peers: 'p1, p2' },
      { ts: '2026-11-30T21:00:00Z', a: 'x', b: 'y', peers: '' },
    ],
    'logs/mesh-3.jsonl.gz',
  );
  const [node] = record.calms[0]!.census.nodes;
  t.is(node?.peerName, 'mesh-3');
  t.deepEqual([...node!.sizes], [['x.y', 3]]);
});

test('a log with a header is read as it is, beside mapped ones', (t) => {
  const { reader } = parseMapping({ version: 1, fields, timeUnit: 's', rules: [rule] }, 'map.json');
  const { events } = checked(
    {
      churn: linesOf([
        { quicksoak: 'events', version: 1 },
        { timeS: 1, kind: 'up', node: 'a' },
      ]),
      nodes: linesOf([{ ts: 2, host: 'a', event: 'spawn', id: 1, where: 'x' }]),
    },
    { mapped: reader },
  );
  t.is(events, 2);
});

test('a line from which a needed field cannot be taken is a mistake with its place and the rule', (t) => {
  const lines = [{ ts: 1, host: 'a', event: 'spawn', where: 'x' }];
  const mapping = { version: 1, fields, timeUnit: 's', rules: [rule] };
  const error = t.throws<QuicksoakError>(() => mapped(mapping, lines));
  t.is(error?.code, 'missing-field');
  t.regex(
    error?.message ?? '',
    /^log: line 1 \(byte 0\): received nothing at "\/id", from which map\.json: rules\[0\] takes the "id"/,
  );
  const text = t.throws<QuicksoakError>(() => mapped({ ...mapping, timeUnit: undefined }, [{ ...lines[0], id: 1 }]));
  t.is(text?.code, 'bad-field');
  t.regex(text?.message ?? '', /"timeUnit"/);
});

test('what a mapping names and is not known is refused with the nearest that is', (t) => {
  const cases: [object, string, RegExp][] = [
    [{ version: 2, rules: [rule] }, 'bad-mapping', /version: received 2/],
    [{ version: 1, rules: [] }, 'bad-mapping', /rules/],
    [{ version: 1, rule: [rule] }, 'unknown-key', /did you mean "rules"/],
    [{ version: 1, fields, rules: [{ ...rule, kinds: 'x' }] }, 'unknown-key', /rules\[0\].*did you mean "kind"/],
    [
      { version: 1, fields, rules: [{ ...rule, kind: 'task-spawn' }] },
      'unknown-event-kind',
      /rules\[0\]\.kind.*did you mean "task-spawned"/,
    ],
    [
      { version: 1, fields, rules: [{ ...rule, fields: { ...rule.fields, sites: '/x' } }] },
      'unknown-field',
      /did you mean "site"/,
    ],
    [
      { version: 1, fields, rules: [{ ...rule, fields: { ...rule.fields, path: '/x' } }] },
      'bad-mapping',
      /does not take/,
    ],
    [{ version: 1, fields, rules: [{ ...rule, fields: { id: '/id' } }] }, 'bad-mapping', /no source for "site"/],
    [{ version: 1, fields: { node: '/host' }, rules: [rule] }, 'bad-mapping', /no source for "time"/],
    [{ version: 1, fields: { ...fields, timeMs: '/t' }, rules: [rule] }, 'bad-mapping', /"timeUnit"/],
    [{ version: 1, fields, rules: [{ ...rule, when: { event: 'x' } }] }, 'bad-mapping', /such as "\/event"/],
    [{ version: 1, fields, rules: [{ ...rule, when: { '/event': { like: 'x' } } }] }, 'bad-mapping', /when/],
    [{ version: 1, fields, terms: { clam: '1m' }, rules: [rule] }, 'unknown-key', /did you mean "calm"/],
  ];
  for (const [mapping, code, says] of cases) {
    const error = t.throws<QuicksoakError>(() => parseMapping(mapping, 'map.json'));
    t.is(error?.code, code, error?.message);
    t.true(error?.message.startsWith('map.json'));
    t.regex(error?.message ?? '', says);
  }
});
