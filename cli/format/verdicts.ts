// The verdict table: one row per property, with its figure and its bound.
// Invariant: rows keep the order of the verdicts; without a terminal no line is broken.
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Verdict } from '../../properties/property.ts';
import { columns, paint } from '../terminal.ts';

const GAP = 2;
const MARK_COLUMNS = 1;

/**
 * The table as text, without a newline at its end.
 *
 * @param indent - Columns that the caller puts before each line; default 0.
 */
export function verdictTable(verdicts: readonly Verdict[], indent = 0): string {
  const rows = verdicts.map((verdict) => [mark(verdict), verdict.name, figure(verdict), paint.dim(verdict.bound)]);
  return borderless(['', 'property', 'figure', 'bound'], rows, 2, indent);
}

/**
 * A table without lines, a column for each heading.
 *
 * @param fixed - How many of the first columns are never broken; the others share what is left of the terminal.
 * @param indent - Columns that the caller puts before each line; default 0.
 */
export function borderless(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  fixed: number,
  indent = 0,
): string {
  const widths = columns === undefined ? [] : widthsWithin(columns - indent, headings, rows, fixed);
  const table = new Table({
    head: headings.map((heading) => paint.bold(heading)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    wordWrap: true,
    ...(widths.length === 0 ? {} : { colWidths: widths }),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

function widthsWithin(
  total: number,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  fixed: number,
): number[] {
  const natural = headings.map((heading, column) =>
    Math.max(visibleLength(heading), MARK_COLUMNS, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const widths = natural.map((width) => width + GAP);
  const shared = widths.slice(fixed);
  const room = total - widths.slice(0, fixed).reduce((sum, width) => sum + width, 0);
  const wanted = shared.reduce((sum, width) => sum + width, 0);
  if (wanted <= room) return widths;
  const shrunk = shared.map((width) => Math.max(16, Math.floor((width * room) / wanted)));
  return [...widths.slice(0, fixed), ...shrunk];
}

/** Columns of the longest line. */
function visibleLength(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
}

function mark({ ok, judged }: Verdict): string {
  if (!ok) return paint.red('✗');
  return judged ? paint.green('✓') : paint.dim('–');
}

function figure({ ok, judged, figure: text }: Verdict): string {
  if (!ok) return paint.red(text);
  return judged ? text : paint.dim(text);
}
