import test from 'ava';
import { Census } from '../../sim/census/census.ts';
import type { NodeCensus } from '../../sim/census/census.ts';
import type { CalmRecord } from '../soak/record.ts';
import { chanceOf, seriesOf } from './cohort.ts';

/** What each member held at each calm of a run: its serial is its place, from 1. */
function seriesOfMembers(members: readonly (readonly number[])[]): ReturnType<typeof seriesOf>[number] {
  const calms = members[0]!.map((_, calm) => {
    const nodes = members.map((held, place) => ({ serial: place + 1, held: held[calm]! }));
    return { census: new Census(0, nodes as unknown as NodeCensus[]) } as CalmRecord;
  });
  const cohort = new Set(members.map((_, place) => place + 1));
  const heldBy = (node: NodeCensus): [string, number][] => {
    const { held } = node as unknown as { held: number };
    return held > 0 ? [['a', held]] : [];
  };
  return seriesOf(calms, cohort, heldBy)[0]!;
}

test('the variance of a sum is told by what single members let go of', (t) => {
  const { values, variance } = seriesOfMembers([
    [0, 9, 0, 2],
    [4, 0, 3, 2],
  ]);
  t.deepEqual(values, [4, 9, 3, 4]);
  // Of 9, 4 and 1 elements, in three steps.
  t.is(variance, (81 + 16 + 1) / 3);
});

test('what nobody let go of has no variance, and owes nothing to chance', (t) => {
  const series = seriesOfMembers([
    [1, 2, 2, 4],
    [0, 0, 3, 3],
  ]);
  t.is(series.variance, 0);
  t.is(chanceOf(series, 2), 0);
});

test('a sum that rose by chance is told by its members: remote actors of three survivors (mesh, clean/559)', (t) => {
  // Their sums are those of the run, 0 0 3 4 2 3 4 10 12: they never fell by as many as there are survivors.
  const series = seriesOfMembers([
    [0, 0, 0, 1, 2, 0, 0, 9, 0],
    [0, 0, 3, 0, 0, 0, 4, 1, 7],
    [0, 0, 0, 3, 0, 3, 0, 0, 5],
  ]);
  t.deepEqual(series.values, [0, 0, 3, 4, 2, 3, 4, 10, 12]);
  t.true(chanceOf(series, 3) > 9, 'the last doubling added nine');
  t.is(chanceOf({ ...series, variance: 0 }, 3), 0);
});

test('a sum that shrank is also held to its usual level, which all members may share', (t) => {
  const together = [20, 23, 19, 22];
  const series = seriesOfMembers([together, together]);
  t.true(chanceOf(series, 2) >= 3 * Math.sqrt(2 * 21) * 2 - 1e-9);
});
