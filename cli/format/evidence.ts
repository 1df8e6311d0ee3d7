// The evidence of a broken property: paths, growth, the first moment.
// Invariant: what is shown is what the judge said; what is left out is counted.
import type { Evidence, Verdict } from '../../properties/property.ts';
import { formatDuration } from '../../sim/duration.ts';
import { columns, paint } from '../terminal.ts';

/** Pieces of evidence shown for one property. */
const MOST_SHOWN = 5;
/** Points shown of one growth table. */
const MOST_POINTS = 10;
/** Pairs of fields that hold a growth table: what drives, and what grows. */
const GROWTHS = [
  ['departures', 'mentions'],
  ['departures', 'dials'],
  ['departures', 'edges'],
  ['drivers', 'elements'],
] as const;

/**
 * The evidence of every broken property, a block each; empty when none broke.
 *
 * @param indent - Columns that the caller puts before each line; default 0.
 * @param clock - What moments are told by, behind them; default `of virtual time`.
 */
export function evidenceText(verdicts: readonly Verdict[], indent = 0, clock = 'of virtual time'): string {
  return verdicts
    .filter(({ ok }) => !ok)
    .map((verdict) => blockOf(verdict, indent, clock))
    .join('\n\n');
}

function blockOf(verdict: Verdict, indent: number, clock: string): string {
  const { name, evidence, firstBrokenUs } = verdict;
  const since = firstBrokenUs === undefined ? '' : paint.dim(`, first at ${formatDuration(firstBrokenUs)} ${clock}`);
  const left = evidence.length - MOST_SHOWN;
  return [
    `${paint.red('✗')} ${paint.bold(name)} broke${since}`,
    ...evidence.slice(0, MOST_SHOWN).flatMap((one) => linesOf(one, indent)),
    ...(left > 0 ? [paint.dim(`  and ${left} more; --json shows all`)] : []),
  ].join('\n');
}

function linesOf(evidence: Evidence, indent: number): string[] {
  return growthLines(evidence, indent) ?? wrapped(evidence.text, indent + 2).map((line) => `  ${line}`);
}

/** A growth table, when the evidence has one: the driver over the calms, and below it what grew. */
function growthLines({ subject, data }: Evidence, indent: number): string[] | undefined {
  for (const [driverField, valueField] of GROWTHS) {
    const drivers = numbersIn(data[driverField]);
    const values = numbersIn(data[valueField]);
    const slope = data['slopePerDeparture'] ?? data['slope'];
    if (drivers === undefined || values === undefined || typeof slope !== 'number') continue;
    const driver = typeof data['driver'] === 'string' ? data['driver'] : driverField;
    const example = typeof data['example'] === 'string' && data['example'] !== '' ? data['example'] : undefined;
    const rate = paint.yellow(`+${figure(slope)} per ${singular(driver)}`);
    return [
      `  ${paint.cyan(subject)}  ${rate}`,
      ...tableLines(driver, drivers, valueField, values),
      ...(example === undefined
        ? []
        : wrapped(`such as ${example}`, indent + 4).map((line) => `    ${paint.dim(line)}`)),
    ];
  }
  return undefined;
}

function tableLines(driver: string, drivers: readonly number[], value: string, values: readonly number[]): string[] {
  const shown = pointsToShow(Math.min(drivers.length, values.length));
  const cells = shown.map((point) => [figure(drivers[point]!), figure(values[point]!)] as const);
  const widths = cells.map(([above, below]) => Math.max(above.length, below.length));
  const label = Math.max(driver.length, value.length);
  const line = (name: string, row: 0 | 1): string =>
    `    ${paint.dim(name.padEnd(label))}  ${cells.map((cell, place) => cell[row].padStart(widths[place]!)).join('  ')}`;
  return [line(driver, 0), line(value, 1)];
}

/** All points, or so many of them spread evenly, the first and the last among them. */
function pointsToShow(count: number): number[] {
  const most = Math.min(count, MOST_POINTS);
  return Array.from({ length: most }, (_, place) =>
    most < 2 ? place : Math.round((place * (count - 1)) / (most - 1)),
  );
}

function numbersIn(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
}

function singular(driver: string): string {
  return driver === 'hours' ? 'virtual hour' : driver.replace(/s$/, '');
}

function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Breaks a text at spaces to fit the terminal with an indentation; one line without a terminal. */
export function wrapped(text: string, indent: number): string[] {
  const width = columns === undefined ? Infinity : Math.max(20, columns - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
