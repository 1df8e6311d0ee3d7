import test from 'ava';
import fc from 'fast-check';
import { InputError } from './errors.ts';
import { MAX_DURATION_US, formatDuration, parseDuration } from './duration.ts';

test('durations are read with units from the largest to the smallest', (t) => {
  const read = (text: string): number => parseDuration(text, '--for');
  t.is(read('90s'), 90_000_000);
  t.is(read('10m'), 600_000_000);
  t.is(read('4d'), 345_600_000_000);
  t.is(read('500ms'), 500_000);
  t.is(read('80us'), 80);
  t.is(read(' 1h30m '), 5_400_000_000);
  t.is(read('1.5s'), 1_500_000);
  t.is(read('0.000001s'), 1);
  t.is(read('3650d'), MAX_DURATION_US);
});

test('anything else is refused as bad-duration', (t) => {
  const bad = [
    '',
    ' ',
    '90',
    '1.5',
    '-5s',
    '−5s',
    '0s',
    '5x',
    's',
    '1m1h',
    '1s1s',
    '0.1us',
    '3651d',
    '1e3s',
    '99999999999999999s',
    'abc',
    '5 s',
    'NaNs',
  ];
  for (const text of bad) {
    const error = t.throws(() => parseDuration(text, '--for'), { instanceOf: InputError }, text);
    t.is(error?.code, 'bad-duration', text);
    t.true(error?.message.startsWith('--for: '), text);
  }
});

test('zero is accepted where the caller says so', (t) => {
  t.is(parseDuration('0s', 'x', { allowZero: true }), 0);
});

test('a formatted duration reads well', (t) => {
  t.is(formatDuration(0), '0s');
  t.is(formatDuration(80), '80us');
  t.is(formatDuration(12_500), '12.5ms');
  t.is(formatDuration(100_000_000), '1m40s');
  t.is(formatDuration(5_400_000_000), '1h30m');
  t.is(formatDuration(86_401_500_000), '1d1.5s');
});

test('a formatted duration is read back exactly', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.integer({ min: 1, max: MAX_DURATION_US })),
      (us) => parseDuration(formatDuration(us), 'x') === us,
    ),
    { seed: 7, numRuns: 500 },
  );
  t.pass();
});
