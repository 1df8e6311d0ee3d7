import test from 'ava';
import type { Chart, RunData } from '../../properties/view/run-data.ts';
import { columnsOf, peakOf, rowAt } from './curves.ts';

const HEAP: Chart = {
  id: 'heap',
  title: 'Heap',
  unit: 'bytes',
  stacked: true,
  series: [
    { name: 'a', values: [1, 2, 3] },
    { name: 'b', values: [10, 0, 5] },
  ],
};

function runOf(...charts: Chart[]): RunData {
  return { timeline: { atUs: [0, 1, 2], charts } } as unknown as RunData;
}

test('stacked curves stand upon one another, others are as they are', (t) => {
  t.deepEqual(columnsOf([0, 1, 2], HEAP), [
    [0, 1, 2],
    [1, 2, 3],
    [11, 2, 8],
  ]);
  t.deepEqual(columnsOf([0, 1, 2], { ...HEAP, stacked: false })[2], [10, 0, 5]);
});

test('the peak is that of both runs, and of the sum when curves are stacked', (t) => {
  const other = runOf({ ...HEAP, stacked: false, series: [{ name: 'a', values: [7, 40, 1] }] });
  t.is(peakOf('heap', [runOf(HEAP)]), 11);
  t.is(peakOf('heap', [runOf(HEAP), other]), 40);
  t.is(peakOf('heap', [undefined, runOf()]), 0);
});

test('a time belongs to the last sample at or before it', (t) => {
  const times = [0, 10, 20];
  t.deepEqual(
    [-1, 0, 9, 10, 19, 25].map((us) => rowAt(times, us)),
    [0, 0, 0, 1, 1, 2],
  );
  t.is(rowAt([], 5), 0);
});
