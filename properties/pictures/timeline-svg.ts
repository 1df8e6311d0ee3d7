// Curves over virtual time as one static picture: calms shaded, churn marked, and when something broke.
// Invariant: no script, nothing from outside; the same data gives the same bytes.
import type { Chart, RunData } from '../view/run-data.ts';
import { timeText } from '../view/time-text.ts';
import { roundUp, valueText } from './scale.ts';
import { CURVES, STYLE, px, svgPicture, xmlText } from './svg-text.ts';

const WIDTH_PX = 1000;
const LEFT_PX = 74;
const RIGHT_PX = 236;
const TOP_PX = 56;
const CHART_PX = 132;
const GAP_PX = 42;
const FOOT_PX = 30;
/** Curves drawn of one chart; of the rest it is said how many there are. */
const MOST_CURVES = CURVES.length;
/** Least distance between two names at the right. */
const LEGEND_PX = 14;

/** A picture of some charts of a run, one below the other. */
export function timelineSvg(data: RunData, charts: readonly Chart[]): string {
  const innerPx = WIDTH_PX - LEFT_PX - RIGHT_PX;
  const x = (us: number): number => LEFT_PX + (us / Math.max(1, data.endUs)) * innerPx;
  const heightPx = TOP_PX + charts.length * (CHART_PX + GAP_PX) - GAP_PX + FOOT_PX + 18;
  const bottomPx = heightPx - FOOT_PX;
  const { scenario } = data;
  const title = `${scenario.name}, seed ${scenario.seed}: ${scenario.nodes} nodes over ${timeText(data.endUs)}`;
  const about = 'shaded: calms; ticks: churn; triangles: when a property broke';
  return svgPicture({ title, about, widthPx: WIDTH_PX, heightPx }, [
    ...charts.flatMap((chart, place) => chartParts(data, chart, TOP_PX + place * (CHART_PX + GAP_PX), x)),
    ...timeAxis(data, x, bottomPx),
  ]);
}

function chartParts(data: RunData, chart: Chart, topPx: number, x: (us: number) => number): string[] {
  const curves = stackedCurves(chart);
  const most = roundUp(Math.max(0, ...curves.flatMap(({ values }) => values)));
  const plotPx = CHART_PX - 18;
  const y = (value: number): number => topPx + 18 + (1 - value / most) * plotPx;
  const baseY = y(0);
  const { atUs } = data.timeline;
  const lines = curves.map(({ values }, place) => {
    const [colour, dashes] = CURVES[place]!;
    const path = values.map((value, at) => `${at === 0 ? 'M' : 'L'}${px(x(atUs[at]!))} ${px(y(value))}`).join('');
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.8"${dashes === '' ? '' : ` stroke-dasharray="${dashes}"`}/>`;
  });
  const left = chart.series.length - curves.length;
  const title = chart.title + (left > 0 ? `, ${left} more not drawn` : '');
  return [
    `<text x="${LEFT_PX}" y="${topPx + 8}" font-weight="bold">${xmlText(title)}</text>`,
    ...data.calms.map(
      ({ fromUs, untilUs }) =>
        `<rect x="${px(x(fromUs))}" y="${topPx + 18}" width="${px(x(untilUs) - x(fromUs))}" height="${plotPx}" fill="${STYLE.calm}"/>`,
    ),
    ...[0, 0.5, 1].flatMap((share) => [
      `<path d="M${LEFT_PX} ${px(y(most * share))}H${WIDTH_PX - RIGHT_PX}" stroke="${STYLE.line}"/>`,
      `<text x="${LEFT_PX - 6}" y="${px(y(most * share) + 4)}" text-anchor="end" fill="${STYLE.muted}">${xmlText(valueText(most * share, chart.unit))}</text>`,
    ]),
    churnPath(data, x, baseY),
    ...data.findings.flatMap(({ chart: shown, sinceUs }) =>
      shown !== chart.id || sinceUs === undefined
        ? []
        : [
            `<path d="M${px(x(sinceUs) - 5)} ${topPx + 11}h10l-5 8z" fill="${STYLE.broken}"/>` +
              `<path d="M${px(x(sinceUs))} ${topPx + 18}V${px(baseY)}" stroke="${STYLE.broken}" stroke-dasharray="3 3"/>`,
          ],
    ),
    ...lines,
    ...names(curves, chart, y),
  ];
}

interface Curve {
  readonly name: string;
  readonly values: readonly number[];
  /** What the curve itself is at the end, where it is drawn upon others. */
  readonly last: number;
}

/** Curves as they are drawn: of a stacked chart each upon the ones before it. */
function stackedCurves({ series, stacked }: Chart): Curve[] {
  const drawn: Curve[] = [];
  for (const { name, values } of series.slice(0, MOST_CURVES)) {
    const below = stacked ? drawn.at(-1)?.values : undefined;
    drawn.push({ name, values: values.map((value, at) => value + (below?.[at] ?? 0)), last: values.at(-1) ?? 0 });
  }
  return drawn;
}

/** The name of each curve at its end, moved apart where ends are close. */
function names(curves: readonly Curve[], chart: Chart, y: (value: number) => number): string[] {
  const ends = curves
    .map((curve, place) => ({ ...curve, place, atPx: y(curve.values.at(-1) ?? 0) }))
    .toSorted((a, b) => a.atPx - b.atPx);
  let nextPx = -Infinity;
  const placed = ends.map((end) => {
    nextPx = Math.max(end.atPx, nextPx + LEGEND_PX);
    return { ...end, atPx: nextPx };
  });
  const overPx = Math.max(0, (placed.at(-1)?.atPx ?? 0) - y(0));
  return placed.map(({ name, last, place, atPx }) => {
    const text = `${name} ${valueText(last, chart.unit)}`;
    const shown = text.length > 31 ? `${text.slice(0, 30)}…` : text;
    return `<text x="${WIDTH_PX - RIGHT_PX + 6}" y="${px(atPx - overPx + 4)}" fill="${CURVES[place]![0]}"><title>${xmlText(text)}</title>${xmlText(shown)}</text>`;
  });
}

function churnPath({ churn }: RunData, x: (us: number) => number, baseY: number): string {
  const ticks = churn.map(({ atUs }) => `M${px(x(atUs))} ${px(baseY)}v6`).join('');
  return ticks === '' ? '' : `<path d="${ticks}" stroke="${STYLE.muted}" stroke-width="0.8"/>`;
}

function timeAxis({ endUs }: RunData, x: (us: number) => number, bottomPx: number): string[] {
  return [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${px(x(endUs * share))}" y="${bottomPx + 12}" text-anchor="${share === 0 ? 'start' : share === 1 ? 'end' : 'middle'}" fill="${STYLE.muted}">${xmlText(timeText(endUs * share))}</text>`,
  );
}
