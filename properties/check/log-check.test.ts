// Checks of small logs: what is found, what is refused, and that totals balance whatever comes.
import test from 'ava';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { QuicksoakError } from '../../sim/errors.ts';
import type { Verdict } from '../property.ts';
import { checked, linesOf } from './check.test.fixture.ts';
import type { CheckResult } from './log-check.ts';

type Event = Record<string, unknown>;

const SECOND = 1_000_000;
const terms = { calm: '60s', settle: '20s', connectTimeout: '5s' };
const header: Event = { quicksoak: 'events', version: 1, terms };
const at = (seconds: number, kind: string, node: string | undefined, rest: Event = {}): Event => ({
  timeUs: seconds * SECOND,
  kind,
  ...(node === undefined ? {} : { node }),
  ...rest,
});

function verdict({ verdicts }: CheckResult, name: string): Verdict {
  return verdicts.find((one) => one.name === name)!;
}

function refused(t: ExecutionContext, log: string | Uint8Array, code: string): string {
  const error = t.throws<QuicksoakError>(() => checked({ 'a.jsonl': log }));
  t.is(error?.code, code, error?.message);
  return error?.message ?? '';
}

/** Ten waves, one node killed and a fresh one started in each; a survivor may keep a task for each that is gone. */
function churned(leaks: boolean, graceful = false): Event[] {
  const events: Event[] = ['a', 'b', 'p0'].map((node) => at(1, 'up', node));
  for (let wave = 0; wave < 10; wave++) {
    const since = 100 * wave + 2;
    const [old, fresh] = [`p${wave}`, `p${wave + 1}`];
    for (const node of ['a', 'b'])
      events.push(at(since, 'task-spawned', node, { id: wave, site: 'x.serve', subject: old }));
    events.push(at(since + 70, 'down', old, graceful ? { reason: 'stopped' } : {}), at(since + 70.5, 'up', fresh));
    for (const node of leaks ? ['b'] : ['a', 'b']) events.push(at(since + 72, 'task-finished', node, { id: wave }));
    events.push(
      at(since + 73, 'collection', 'a', {
        path: 'x.peers',
        size: leaks ? wave + 3 : 2,
        peers: leaks ? Array.from({ length: wave + 1 }, (_, i) => `p${i}`) : [fresh],
      }),
    );
  }
  return [header, ...events, at(1050, 'messages', 'a')];
}

test('a task that is kept for each peer that is gone is found, with its site and the names of the log', (t) => {
  const result = checked({ log: linesOf(churned(true)) });
  t.is(result.record.calms.length, 11);
  const tasks = verdict(result, 'tasks-finish');
  t.false(tasks.ok);
  t.is(tasks.evidence[0]?.subject, 'task x.serve');
  t.regex(tasks.evidence[0]?.text ?? '', /a about p0/);
  const residue = verdict(result, 'residue-bounded');
  t.true(residue.evidence.some(({ subject, text }) => subject === 'x.peers' && text.includes('a: x.peers (p')));
  t.deepEqual(residue.evidence[0]?.data['departures'], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  t.false(verdict(result, 'collections-plateau').ok);
});

test('the same log without the leak holds, and what it tells nothing of is not judged', (t) => {
  const result = checked({ log: linesOf(churned(false)) });
  t.true(result.verdicts.every(({ ok }) => ok));
  const judged = result.verdicts.filter((one) => one.judged).map(({ name }) => name);
  t.deepEqual(judged, [
    'residue-bounded',
    'collections-plateau',
    'tasks-finish',
    'ledger-balanced',
    'no-wedge',
    'cost-settles',
  ]);
  t.regex(verdict(result, 'joins-bounded').figure, /^not judged: the log tells of no join/);
});

test('what is declared as retained is no residue, and a cap that is not honoured is a finding', (t) => {
  const retained = (retain: object[]): Verdict =>
    verdict(
      checked({ log: linesOf(churned(true)) }, { flagTerms: [['flags', { retain: retain as [] }]] }),
      'residue-bounded',
    );
  t.false(retained([{ path: 'x.peers', cap: 12 }]).evidence.some(({ subject }) => subject === 'x.peers'));
  t.regex(retained([{ path: 'x.peers', cap: 5 }]).figure, /declared cap 5/);
});

test('in whatever chunks a log comes the result is the same', (t) => {
  const log = linesOf(churned(true));
  const whole = checked({ log });
  for (const bytes of [1, 7, 100, 4096]) {
    const cut = checked({ log }, {}, bytes);
    t.deepEqual(cut.verdicts, whole.verdicts);
    t.is(cut.lines, whole.lines);
  }
});

test('logs of several nodes are merged by time, as if they were one', (t) => {
  const events = churned(true);
  const whole = checked({ log: linesOf(events) });
  const of = (name: string): string =>
    linesOf([
      header,
      ...events.slice(1).filter(({ node, kind }) => (kind === 'up' || kind === 'down' ? 'script' : node) === name),
    ]);
  const merged = checked({ script: of('script'), a: of('a'), b: of('b') }, {}, 333);
  t.deepEqual(
    merged.verdicts.map(({ name, ok, figure }) => [name, ok, figure]),
    whole.verdicts.map(({ name, ok, figure }) => [name, ok, figure]),
  );
});

test('what is opened twice, closed twice or never opened is a mistake of the log, with its site', (t) => {
  const result = checked({
    log: linesOf([
      at(0, 'up', 'a'),
      at(1, 'span-opened', 'a', { id: 1, site: 's.one' }),
      at(2, 'span-opened', 'a', { id: 1, site: 's.one' }),
      at(3, 'span-closed', 'a', { id: 1 }),
      at(4, 'span-closed', 'a', { id: 1 }),
      at(5, 'span-closed', 'a', { id: 'never' }),
      at(6, 'down', 'a'),
      at(60, 'span-opened', 'a', { id: 2, site: 's.one' }),
    ]),
  });
  t.deepEqual(
    result.record.ledger?.errors.map(({ code, site }) => [code, site]),
    [
      ['opened-twice', 's.one'],
      ['closed-twice', 's.one'],
      ['closed-unknown', undefined],
      ['opened-after-end', 's.one'],
    ],
  );
  t.false(verdict(result, 'ledger-balanced').ok);
});

test('a log that begins in the middle of a life closes what it has not seen opened, and that is no mistake', (t) => {
  const result = checked({
    log: linesOf([at(0, 'span-closed', 'a', { id: 1 }), at(1, 'task-finished', 'a', { id: 1 })]),
  });
  t.is(result.record.ledger?.errorCount, 0);
  t.true(result.notes.some((note) => note.includes('opened before the log')));
});

test('one that stops in peace has closed what it opened; of one that is killed it is taken back', (t) => {
  const ended = (reason: string): CheckResult =>
    checked({
      log: linesOf([
        at(0, 'up', 'a'),
        at(1, 'stream-opened', 'a', { id: 1, site: 's' }),
        at(2, 'down', 'a', { reason }),
      ]),
    });
  t.like(ended('killed').record.ledger?.sites[0], { reclaimed: 1, leakedAtStop: 0 });
  t.like(ended('stopped').record.ledger?.sites[0], { reclaimed: 0, leakedAtStop: 1 });
  t.false(verdict(ended('stopped'), 'ledger-balanced').ok);
});

test('a start that the script and the node both tell of is one', (t) => {
  const { record } = checked({
    script: linesOf([at(0, 'up', 'a'), at(50, 'down', 'a'), at(51, 'up', 'a')]),
    node: linesOf([
      at(0.2, 'up', 'a', { incarnation: 1 }),
      at(0.3, 'task-spawned', 'a', { id: 1, site: 's' }),
      at(51.2, 'up', 'a', { incarnation: 2 }),
      at(51.3, 'task-spawned', 'a', { id: 1, site: 's' }),
    ]),
  });
  t.is(record.nodes, 2);
  t.like(record.tasks.sites[0], { spawned: 2, reclaimed: 1, open: 1 });
});

test('one that is only told to be down ran before the log, and has departed', (t) => {
  const { record, notes } = checked({
    log: linesOf([
      header,
      at(0, 'up', 'a'),
      at(0, 'collection', 'a', { path: 'x', peers: ['b'] }),
      at(70, 'down', 'b'),
      at(140, 'messages', 'a'),
    ]),
  });
  t.deepEqual(
    record.calms.map(({ drivers, census }) => [drivers.departures, census.nodes[0]?.residue.get('x')?.count]),
    [
      [0, undefined],
      [1, 1],
    ],
  );
  t.deepEqual(notes, ['1 node had run since before the log']);
});

test('a higher incarnation ends the life before it, which could not tell of its end', (t) => {
  const { record } = checked({
    log: linesOf([
      at(0, 'up', 'a', { incarnation: 1 }),
      at(1, 'task-spawned', 'a', { incarnation: 1, id: 1, site: 's' }),
      at(5, 'task-spawned', 'a', { incarnation: 2, id: 1, site: 's' }),
      at(6, 'up', 'a', { incarnation: 3 }),
      at(9, 'messages', 'a', { incarnation: 3 }),
    ]),
  });
  t.is(record.nodes, 3);
  t.is(record.ledger?.errorCount, 0);
  t.like(record.tasks.sites[0], { spawned: 2, reclaimed: 2, open: 0 });
});

test('a half-open connection that is never established is overdue, and one that is becomes a connection', (t) => {
  const result = checked({
    log: linesOf([
      header,
      at(0, 'up', 'a'),
      at(0, 'up', 'b'),
      at(1, 'connection-opened', 'a', { id: 1, site: 'q.dial', subject: 'b', state: 'half-open' }),
      at(1, 'connection-opened', 'a', { id: 2, site: 'q.dial', subject: 'b', state: 'half-open' }),
      at(2, 'connection-established', 'a', { id: 2 }),
      at(200, 'messages', 'a'),
    ]),
  });
  const sites = result.record.ledger!.sites.map(({ kind, opened, open }) => [kind, opened, open]);
  t.deepEqual(sites, [
    ['half-open', 2, 1],
    ['connection', 1, 1],
  ]);
  t.regex(verdict(result, 'connections-bounded').evidence[0]?.text ?? '', /^half-open q\.dial: 1 past their time/);
});

test('idle wake-ups in a row within a millisecond each are a busy loop, slower ones are not', (t) => {
  const woken = (gapUs: number): Verdict => {
    const events = Array.from({ length: 100 }, (_, place) => ({
      timeUs: place * gapUs,
      kind: 'wake',
      node: 'a',
      site: 'x.loop',
      progress: false,
    }));
    return verdict(checked({ log: linesOf(events) }), 'no-busy-loop');
  };
  t.false(woken(20).ok);
  t.is(woken(20).evidence[0]?.subject, 'x.loop');
  t.true(woken(20_000).ok);
});

test('a stretch with a fault in force is a calm that is marked so, and its begin and end are churn', (t) => {
  const { record } = checked({
    log: linesOf([
      header,
      at(0, 'up', 'a'),
      at(0, 'messages', 'a'),
      at(70, 'fault-began', undefined, { name: 'pause a', peers: ['a'] }),
      at(140, 'fault-ended', undefined, { name: 'pause a' }),
      at(210, 'messages', 'a'),
    ]),
  });
  t.deepEqual(
    record.calms.map(({ fromUs, untilUs, faulted }) => [fromUs / SECOND, Math.ceil(untilUs / SECOND), faulted]),
    [
      [0, 70, false],
      [70, 140, true],
      [140, 210, false],
    ],
  );
});

test('a mistake names its line and byte, and what was meant', (t) => {
  const first = linesOf([at(0, 'up', 'a')]);
  const place = `a.jsonl: line 2 (byte ${first.length}): `;
  const second = (line: string, code: string): string => {
    const message = refused(t, first + line, code);
    t.true(message.startsWith(place), message);
    return message;
  };
  t.regex(second('{"timeUs":1,"kind":"task-spawn","node":"a"}\n', 'unknown-kind'), /did you mean "task-spawned"/);
  t.regex(second('{"timeUs":1,"kind":"up","nodes":"a"}\n', 'unknown-field'), /did you mean "node"/);
  t.regex(second('{"timeUs":1,"kind":"up"}\n', 'missing-field'), /"node"/);
  t.regex(second('{"kind":"up","node":"a"}\n', 'missing-field'), /"time" \(or "timeNs"/);
  t.regex(second('{"timeUs":1,"kind":"up","node":"a","site":"x"}\n', 'needless-field'), /"site"/);
  t.regex(second('{"timeUs":1,"kind":"down","node":"a","reason":"dead"}\n', 'bad-field'), /killed, stopped/);
  t.regex(second('{"time":12,"kind":"up","node":"a"}\n', 'bad-field'), /"timeUs"/);
  t.regex(second('{"timeUs":1,"kind":"up","node":"a\\u001b[2J"}\n', 'bad-field'), /control character/);
  t.regex(second('{"timeUs":1,"ki', 'bad-json'), /breaks off.*without a newline/);
  second('[]\n', 'bad-line');
  second('hello\n', 'bad-json');
  second('{"timeUs":1,"kind":"collection","node":"a","path":"a..b","size":1}\n', 'bad-path-class');
  t.notRegex(second('\u001b[31mred\n', 'bad-json'), /\p{Cc}/u);
});

test('bytes that are no UTF-8, a line beyond the limit, an empty log and a strange header are refused', (t) => {
  const first = new TextEncoder().encode(linesOf([at(0, 'up', 'a')]));
  refused(t, new Uint8Array([...first, 0x22, 0xff, 0xfe, 0x0a]), 'bad-utf8');
  const long = new Uint8Array(3 * 1024 * 1024).fill(0x20);
  t.regex(refused(t, new Uint8Array([...first, ...long]), 'long-line'), /line 2 .* 3145728 bytes/);
  refused(t, '', 'empty-log');
  refused(t, '\n\n', 'empty-log');
  refused(t, '{"quicksoak":"events","version":2}\n', 'bad-header');
  refused(t, '{"quicksoack":"events","version":1}\n', 'bad-header');
  refused(
    t,
    '{"quicksoak":"events","version":1,"terms":{"calm":"1h","settle":"2h"}}\n{"timeUs":1,"kind":"up","node":"a"}\n',
    'bad-terms',
  );
});

test('a clock that goes back is refused beyond the skew, and told of within it', (t) => {
  const back = (seconds: number): string =>
    linesOf([at(10, 'up', 'a'), at(20, 'messages', 'a'), at(20 - seconds, 'messages', 'a')]);
  t.regex(refused(t, back(5), 'clock-back'), /line 3 .* 5s before .*--skew/);
  const { notes, record } = checked({ log: back(0.5) });
  t.true(notes.some((note) => note.includes('out of order, by up to 500ms')));
  t.is(record.endUs, 10 * SECOND);
  refused(t, linesOf([at(0, 'up', 'a'), at(20 * 365 * 86_400, 'up', 'b')]), 'far-time');
});

test('times that count from different origins are told as that, with both, in one log and in two', (t) => {
  const year = 365 * 86_400;
  const mixed = linesOf([at(1_790_000_000, 'up', 'a'), at(3, 'up', 'b')]);
  const back = refused(t, mixed, 'clock-back');
  t.regex(back, /time of 3 s after one of 2026-09-\S+, expected all times to count from one origin$/);
  const error = t.throws<QuicksoakError>(() =>
    checked({ 'zero.jsonl': linesOf([at(0, 'up', 'a')]), 'epoch.jsonl': linesOf([at(56 * year, 'up', 'b')]) }),
  );
  t.is(error?.code, 'far-time');
  t.regex(error.message, /^epoch\.jsonl: line 1 .* of 202\d-\S+, and the first of zero\.jsonl is 0 s, .* one origin$/);
});

test('asked to be lenient it skips what it cannot take, and counts it by reason', (t) => {
  const lines = [
    '{"timeUs":1,"kind":"upp","node":"a"}',
    'nonsense',
    '',
    `{"timeUs":${9 * SECOND},"kind":"up","node":"a"}`,
  ];
  const log = `${linesOf([at(0, 'up', 'a')])}${lines.join('\n')}\n${linesOf([at(2, 'up', 'b')])}{"timeUs":99,`;
  const { skipped, events, lines: count } = checked({ log }, { lenient: true });
  t.is(count, 7);
  t.is(events, 2);
  t.is(skipped.count, 4);
  t.deepEqual(skipped.byCode, { 'unknown-kind': 1, 'bad-json': 2, 'clock-back': 1 });
  t.true(skipped.examples[0]?.startsWith('log: line 2 (byte '));
});

test('more places than a program has are refused', (t) => {
  const events = Array.from({ length: 10_050 }, (_, id) => at(1, 'task-spawned', 'a', { id, site: `s.${id}` }));
  t.regex(refused(t, linesOf(events), 'many-sites'), /belongs into "id"/);
});

const node = fc.constantFrom('a', 'b', 'c', 'd');
const id = fc.oneof(fc.nat(6), fc.constantFrom('x', 'y'));
const site = fc.constantFrom('s.one', 's.two');
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('up', 'stopping', 'down'), node }),
  fc.record({ kind: fc.constant('down'), node, reason: fc.constantFrom('killed', 'stopped') }),
  fc.record({
    kind: fc.constantFrom('task-spawned', 'span-opened', 'buffer-opened', 'connection-opened'),
    node,
    id,
    site,
    subject: node,
    bytes: fc.nat(9000),
  }),
  fc.record({ kind: fc.constant('connection-opened'), node, id, site, state: fc.constant('half-open') }),
  fc.record({
    kind: fc.constantFrom(
      'task-finished',
      'span-closed',
      'buffer-closed',
      'connection-closed',
      'connection-established',
    ),
    node,
    id,
  }),
  fc.record({ kind: fc.constant('bytes'), what: fc.constantFrom('span', 'buffer'), node, id, bytes: fc.nat(9000) }),
  fc.record({
    kind: fc.constant('collection'),
    node,
    path: fc.constantFrom('a.b', 'a[*].c[key]'),
    size: fc.nat(20),
    peers: fc.array(node, { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom('neighbour-up', 'neighbour-down', 'join', 'dial'), node, subject: node }),
  fc.record({ kind: fc.constant('wake'), node, site, progress: fc.boolean(), id }),
  fc.record({ kind: fc.constant('wakes'), node, site, count: fc.nat(90), idle: fc.nat(90), longestIdle: fc.nat(90) }),
  fc.record({ kind: fc.constantFrom('messages', 'timers-fired', 'broadcast', 'discovered'), node, count: fc.nat(9) }),
  fc.record({ kind: fc.constantFrom('fault-began', 'fault-ended', 'action'), name: fc.constantFrom('f', 'g') }),
  fc.record({ kind: fc.constant('up'), node, incarnation: fc.nat(5) }),
);

test('random logs never fail, their totals balance, and they are the same in any chunks', (t) => {
  const step = fc.tuple(fc.nat({ max: 90 * SECOND }), anyEvent);
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 150 }),
      fc.integer({ min: 1, max: 999 }),
      (steps, chunkBytes) => {
        let timeUs = 0;
        const log = linesOf([header, ...steps.map(([gapUs, event]) => ({ timeUs: (timeUs += gapUs), ...event }))]);
        const result = checked({ log }, {}, chunkBytes);
        t.is(result.events, steps.length);
        const { ledger, tasks } = result.record;
        for (const { opened, closed, reclaimed, leakedAtStop, open } of ledger!.sites)
          t.is(opened, closed + reclaimed + leakedAtStop + open);
        for (const { spawned, finished, cancelled, panicked, reclaimed, open } of tasks.sites) {
          t.is(spawned, finished + cancelled + panicked + reclaimed + open);
          t.true(open >= 0);
        }
        const openTasks = ledger!.sites.filter(({ kind }) => kind === 'task').reduce((sum, { open }) => sum + open, 0);
        t.is(
          tasks.sites.reduce((sum, { open }) => sum + open, 0),
          openTasks,
        );
        t.deepEqual(checked({ log }).verdicts, result.verdicts);
      },
    ),
    { seed: 6, numRuns: 150 },
  );
});
