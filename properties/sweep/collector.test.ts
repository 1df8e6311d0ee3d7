// Collecting outcomes: that what is kept does not depend on the order in which they come.
import test from 'ava';
import fc from 'fast-check';
import { SweepCollector } from './collector.ts';
import type { JobOutcome } from './outcome.ts';
import { done } from './sweep.test.fixture.ts';

const OPTIONS = { seed: 42, numRuns: 300 };

/** The outcome of a run that shows these findings; a negative one is a way to die. */
function outcomeOf(findings: readonly number[]): JobOutcome {
  const died = findings.find((finding) => finding < 0);
  if (died !== undefined) return { kind: 'died', message: `in way ${died}` };
  return done(
    {},
    findings.map((finding) => ({ property: 'residue-bounded', where: `path${finding}` })),
  );
}

test('what is kept depends on the outcomes alone, whatever order they come in', (t) => {
  const runs = fc.array(fc.array(fc.integer({ min: -2, max: 4 }), { maxLength: 3 }), { minLength: 1, maxLength: 30 });
  const property = fc.property(
    runs,
    fc.integer({ min: 1, max: 6 }),
    fc.infiniteStream(fc.nat()),
    (all, stopAfter, order) => {
      const inOrder = new SweepCollector(stopAfter);
      for (const [run, findings] of all.entries()) if (!inOrder.stopped) inOrder.add(run, outcomeOf(findings));
      const waiting = [...all.keys()];
      const shuffled = new SweepCollector(stopAfter);
      while (waiting.length > 0) {
        const place = Number(order.next().value) % waiting.length;
        const [run] = waiting.splice(place, 1);
        shuffled.add(run!, outcomeOf(all[run!]!));
      }
      t.deepEqual(shuffled.runs(), inOrder.runs());
      t.is(shuffled.stopped, inOrder.stopped);
    },
  );
  fc.assert(property, OPTIONS);
});

test('a sweep stops with the run that brings the last finding, and repeats do not count', (t) => {
  const collector = new SweepCollector(2);
  for (const [run, finding] of [1, 1, 1, 2, 3].entries()) collector.add(run, outcomeOf([finding]));
  t.true(collector.stopped);
  t.deepEqual(
    collector.runs().map(({ run }) => run),
    [0, 1, 2, 3],
  );
});

test('a finding does not stop a sweep before the runs ahead of it have come', (t) => {
  const collector = new SweepCollector(1);
  collector.add(1, outcomeOf([1]));
  t.false(collector.stopped);
  collector.add(0, outcomeOf([2]));
  t.true(collector.stopped);
  t.is(collector.runs().length, 1);
});
