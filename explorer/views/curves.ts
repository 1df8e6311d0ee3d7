// Curves made ready to be drawn: stacked where they add up, and one scale for the runs that are compared.
// Invariant: values are never changed but by stacking; a scale begins at zero and holds every curve of both runs.
import type { Chart, RunData } from '../../properties/view/run-data.ts';

/** Columns as the chart library takes them: times first, then a curve each; the last of a stack is its sum. */
export function columnsOf(atUs: readonly number[], { series, stacked }: Chart): number[][] {
  const columns: number[][] = [[...atUs]];
  for (const { values } of series) {
    const below = columns.length > 1 ? columns.at(-1) : undefined;
    columns.push(stacked && below !== undefined ? values.map((value, row) => value + below[row]!) : [...values]);
  }
  return columns;
}

/** The highest value of a chart, over the runs that have it; 0 when none does. */
export function peakOf(id: string, runs: readonly (RunData | undefined)[]): number {
  let peak = 0;
  for (const run of runs) {
    const chart = run?.timeline.charts.find((one) => one.id === id);
    if (run === undefined || chart === undefined) continue;
    const columns = columnsOf(run.timeline.atUs, chart).slice(1);
    for (const column of chart.stacked ? columns.slice(-1) : columns) {
      for (const value of column) peak = Math.max(peak, value);
    }
  }
  return peak;
}

/** Row of the last sample at or before a time; 0 before the first. */
export function rowAt(times: readonly number[], atUs: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (times[middle]! <= atUs) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
