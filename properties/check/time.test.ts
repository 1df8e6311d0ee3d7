import test from 'ava';
import fc from 'fast-check';
import { timeText, TimeReader } from './time.ts';

test('RFC 3339 times are read to the microsecond, as Date reads them to the millisecond', (t) => {
  const times = new TimeReader();
  const moment = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
  fc.assert(
    fc.property(moment, (us) => {
      const text = timeText(us);
      t.is(times.read(text), us);
      t.is(Math.floor(us / 1000), Date.parse(text));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('offsets, cut digits, leap seconds and lower case are read', (t) => {
  const times = new TimeReader();
  const noon = Date.UTC(2026, 10, 30, 12) * 1000;
  t.is(times.read('2026-11-30T12:00:00Z'), noon);
  t.is(times.read('2026-11-30t14:30:00.5+02:30'), noon + 500_000);
  t.is(times.read('2026-11-30T07:00:00.123456789-05:00'), noon + 123_456);
  t.is(times.read('2026-11-30 12:00:00z'), noon);
  t.is(times.read('2026-12-31T23:59:60Z'), Date.UTC(2027, 0, 1) * 1000 - 1);
});

test('what is no time is none', (t) => {
  const times = new TimeReader();
  for (const text of [
    '',
    '12:00:00',
    '2026-11-30',
    '2026-11-30T12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-11-30T24:00:00Z',
    '2026-11-30T12:60:00Z',
    '2026-11-30T12:00:61Z',
    '2026-11-30T12:00:00.Z',
    '2026-11-30T12:00:00+2:00',
    'Feb 20 11:28:15.096',
  ])
    t.is(times.read(text), undefined, text);
});
