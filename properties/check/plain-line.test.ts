// Every line that the quick way reads, the careful way reads alike.
import test from 'ava';
import fc from 'fast-check';
import { EVENT_KINDS, FIELD, LogEvent } from './event.ts';
import type { FieldName } from './event.ts';
import { EventReader } from './event-reader.ts';
import { PlainLine } from './plain-line.ts';
import { TimeReader } from './time.ts';

const encoder = new TextEncoder();

const plainLine = new PlainLine(new TimeReader());
const carefulReader = new EventReader();
// Without the quick way.
(carefulReader as unknown as { plain: undefined }).plain = undefined;

function careful(line: string): LogEvent {
  const bytes = encoder.encode(line);
  carefulReader.read(bytes, 0, bytes.length);
  return carefulReader.event;
}

function quick(line: string): LogEvent | undefined {
  const event = new LogEvent();
  const bytes = encoder.encode(`xx${line}yy`);
  return plainLine.read(bytes, 2, bytes.length - 2, event) ? event : undefined;
}

const name = fc.oneof(
  fc.constantFrom('p1', 'gossip.loop', 'node-a', '007', '12'),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const whole = fc.oneof(fc.nat(1000), fc.constantFrom(0, 1e15, 2 ** 53 - 1, 123456789012345));
const values: Record<FieldName, fc.Arbitrary<unknown>> = {
  kind: fc.constantFrom(...EVENT_KINDS.keys()),
  node: name,
  incarnation: whole,
  note: fc.string(),
  id: fc.oneof(name, whole),
  site: name,
  subject: name,
  reason: fc.constantFrom('killed', 'stopped', 'finished', 'closed'),
  state: fc.constantFrom('half-open', 'established'),
  bytes: whole,
  what: fc.constantFrom('task', 'span'),
  path: fc.constantFrom('a.b', 'a[*]', 'x'),
  size: whole,
  peers: fc.array(name, { maxLength: 3 }),
  changed: fc.boolean(),
  count: whole,
  progress: fc.boolean(),
  idle: whole,
  longestIdle: whole,
  livelocks: whole,
  us: fc.oneof(whole, fc.constant(1.5)),
  message: fc.string(),
  name,
  time: fc.constantFrom(
    '2026-11-30T20:41:07.5Z',
    '2026-11-30T20:41:08Z',
    '2026-11-30T20:42:00.123456789Z',
    '2026-11-30T20:42:00+01:00',
  ),
};
const fields = Object.keys(FIELD) as FieldName[];

/** Mostly whole events of their kind, with a field too many or too few now and then. */
const events = values.kind.chain((kind) => {
  const { needs, takes } = EVENT_KINDS.get(kind as string)!;
  const wanted = fields.filter((field) => field !== 'kind' && (FIELD[field] & takes) !== 0);
  const record = Object.fromEntries(wanted.map((field) => [field, values[field]]));
  const requiredKeys = wanted.filter((field) => (FIELD[field] & needs) !== 0);
  return fc.record(record, { requiredKeys }).map((event): Record<string, unknown> => ({ ...event, kind }));
});

test('a line that is read from its bytes is read alike from its JSON', (t) => {
  let plain = 0;
  fc.assert(
    fc.property(events, fc.constantFrom('time', 'timeUs', 'timeMs', 'timeNs', 'timeS'), whole, (event, unit, time) => {
      const { time: text, ...rest } = event;
      const tight = JSON.stringify(unit === 'time' ? { time: text, ...rest } : { ...rest, [unit]: time % 1e9 });
      // As Python writes it.
      const line = time % 2 === 0 ? tight : tight.replaceAll('":', '": ').replaceAll(',"', ', "');
      const read = quick(line);
      if (read === undefined) return;
      plain++;
      t.deepEqual(read, careful(line), line);
    }),
    { seed: 2, numRuns: 1500 },
  );
  t.true(plain > 500, `${plain} lines were plain`);
});

test('a damaged line is read alike or left to the careful way', (t) => {
  const damaged = fc.tuple(events, fc.nat(200), fc.string({ maxLength: 2 }), fc.nat(3)).map(([event, at, put, cut]) => {
    const line = JSON.stringify(event);
    const place = at % line.length;
    return line.slice(0, place) + put + line.slice(place + cut);
  });
  fc.assert(
    fc.property(damaged, (line) => {
      const read = quick(line);
      if (read !== undefined) t.deepEqual(read, careful(line), line);
    }),
    { seed: 3, numRuns: 3000 },
  );
});

test('numbers and the same as text are one id, and others are not', (t) => {
  const idOf = (id: unknown): unknown => quick(JSON.stringify({ timeUs: 1, kind: 'span-closed', node: 'a', id }))?.id;
  t.is(idOf(7), 7);
  t.is(idOf('7'), 7);
  t.is(idOf('007'), '007');
  t.is(idOf('a7'), 'a7');
  t.is(careful('{"timeUs":1,"kind":"span-closed","node":"a","id":"7"}').id, 7);
  t.is(careful('{"timeUs":1,"kind":"span-closed","node":"a","id":9007199254740991}').id, '9007199254740991');
});
