import test from 'ava';
import fc from 'fast-check';
import { Traced } from './traced.ts';

interface Trace {
  readonly values: number[];
}

function traced(): Traced<{ n: number }, Trace> {
  const inner = fc.nat(1_000).map((n) => ({ n }));
  return new Traced(
    inner,
    (): Trace => ({ values: [] }),
    ({ n }) => `number ${n}`,
  );
}

test('what is shrunk from one draw shares its trace, and two draws share none', (t) => {
  const values = traced();
  const traces = new Set<Trace>();
  const failed = fc.check(
    fc.property(values, (value) => {
      values.of(value).values.push(value.n);
      traces.add(values.of(value));
      return value.n < 50;
    }),
    { seed: 3, numRuns: 50 },
  );
  t.true(failed.failed);
  t.is(traces.size, failed.numRuns);
  const lengths = [...traces].map((trace) => trace.values.length);
  t.true(lengths.slice(0, -1).every((length) => length === 1));
  t.true(lengths.at(-1)! > 1);
  t.is(
    [...traces].at(-1)!.values.findLast((n) => n >= 50),
    50,
  );
});

test('values of the same draw in another assertion have a trace of their own', (t) => {
  const values = traced();
  const traces = new Set<Trace>();
  const property = fc.property(values, (value) => {
    traces.add(values.of(value));
  });
  for (let round = 0; round < 2; round++) fc.assert(property, { seed: 3, numRuns: 5 });
  t.is(traces.size, 10);
});

test('a value from outside gets a trace, and fast-check prints its label', (t) => {
  const values = traced();
  const outside = { n: 7 };
  t.is(values.of(outside), values.of(outside));
  t.is(fc.stringify(outside), 'number 7');
  t.deepEqual(outside, { n: 7 });
  t.is(JSON.stringify(outside), '{"n":7}');
});
