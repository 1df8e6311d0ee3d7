// How the chart library is asked to draw one chart: scales, axes, dashes, and the marks of a run behind the curves.
// Invariant: colours come from the theme at the moment of drawing; curves differ by their dashes too.
import type uPlot from 'uplot';
import { shownQuantity } from '../../cli/format/quantity.ts';
import type { Chart, RunData } from '../../properties/view/run-data.ts';
import { palette, strokeOf } from './palette.ts';
import { tickText, timeTicks } from './time-ticks.ts';

/** What a chart is drawn from. */
export interface ChartInput {
  readonly chart: Chart;
  readonly data: RunData;
  /** Moments that are marked across the chart, in microseconds. */
  readonly sinceUs: readonly number[];
  readonly endUs: number;
  readonly peak: number;
}

const AXIS_PX = 46;
/** Width of the label of a time mark. */
const TICK_PX = 62;

/** @param input - Read whenever something is drawn, so that it may change. */
export function chartOptions(input: () => ChartInput, size: { width: number; height: number }): uPlot.Options {
  const { chart } = input();
  const font = `11px ${palette.value.sans}`;
  return {
    ...size,
    padding: [6, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: 'time' } },
    scales: {
      x: { time: false, range: () => [0, Math.max(1, input().endUs)] },
      y: { range: () => [0, Math.max(chart.unit === 'count' ? 1 : 0.001, input().peak * 1.06)] },
    },
    axes: [
      {
        stroke: () => palette.value.muted,
        grid: { show: false },
        ticks: { stroke: () => palette.value.line, size: 4 },
        font,
        size: 26,
        gap: 3,
        splits: ({ width }, _axis, min, max) => timeTicks(min, max, Math.max(2, (width - AXIS_PX) / TICK_PX)),
        values: (_chart, splits) => splits.map((atUs) => tickText(atUs)),
      },
      {
        stroke: () => palette.value.muted,
        grid: { stroke: () => palette.value.line, width: 1 },
        ticks: { show: false },
        font,
        size: AXIS_PX,
        gap: 5,
        space: 26,
        values: (_chart, splits) => splits.map((value) => amountText(value, chart.unit)),
      },
    ],
    series: [{}, ...chart.series.map((_, place) => seriesOptions(chart, place))],
    bands: chart.stacked
      ? chart.series.slice(1).map((_, place) => ({
          series: [place + 2, place + 1] as [number, number],
          fill: () => `${palette.value[strokeOf(place + 1).token]}38`,
        }))
      : [],
    hooks: {
      drawClear: [(plot) => paintBehind(plot, input())],
      draw: [(plot) => paintMarks(plot, input())],
    },
  };
}

function seriesOptions({ stacked, series }: Chart, place: number): uPlot.Series {
  const { token, dash } = strokeOf(place);
  const isFilled = stacked || series.length === 1;
  return {
    stroke: () => palette.value[token],
    width: 1.6,
    dash: [...dash],
    points: { show: false },
    ...(isFilled ? { fill: () => `${palette.value[token]}38` } : {}),
  };
}

/** A figure of a chart; its unit is in the chart's title, bytes apart. */
export function amountText(value: number, unit: Chart['unit']): string {
  if (unit === 'bytes') return shownQuantity(value, 'bytes');
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return rounded.toLocaleString('en-GB', { maximumSignificantDigits: 15 });
}

/** Calms, and stretches with a fault. */
function paintBehind(plot: uPlot, { data }: ChartInput): void {
  const { ctx, bbox } = plot;
  const x = (us: number): number => plot.valToPos(us, 'x', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = palette.value.calm;
  for (const { fromUs, untilUs } of data.calms) {
    ctx.fillRect(x(fromUs), bbox.top, x(untilUs) - x(fromUs), bbox.height);
  }
  for (const { fromUs, untilUs } of data.faults) hatch(ctx, bbox, x(fromUs), x(untilUs));
  ctx.restore();
}

/** Slanted lines: a fault is open. */
function hatch(ctx: CanvasRenderingContext2D, { top, height }: uPlot.BBox, left: number, right: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, height);
  ctx.clip();
  ctx.strokeStyle = palette.value['line-strong'];
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - height; x < right; x += 7 * devicePixelRatio) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Actions of the plan along the bottom, and when something broke from top to bottom. */
function paintMarks(plot: uPlot, { data, sinceUs }: ChartInput): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.lineWidth = scale;
  ctx.strokeStyle = palette.value.churn;
  ctx.globalAlpha = data.churn.length > 200 ? 0.4 : 0.75;
  ctx.beginPath();
  for (const { atUs } of data.churn) {
    const x = Math.round(plot.valToPos(atUs, 'x', true)) + scale / 2;
    ctx.moveTo(x, bottom - 5 * scale);
    ctx.lineTo(x, bottom);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = palette.value.broken;
  ctx.fillStyle = palette.value.broken;
  ctx.setLineDash([4 * scale, 3 * scale]);
  for (const us of sinceUs) {
    const x = Math.round(plot.valToPos(us, 'x', true)) + scale / 2;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * scale, bbox.top - 2 * scale);
    ctx.lineTo(x + 4 * scale, bbox.top - 2 * scale);
    ctx.lineTo(x, bbox.top + 5 * scale);
    ctx.fill();
  }
  ctx.restore();
}
