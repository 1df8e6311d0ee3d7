// A report of figures, for people: published beside measured, then what has no published counterpart.
// Invariant: a figure that is off is marked, and its note is below it in full.
import type { Comparison, FigureReport, FigureTable } from '../../properties/figures/figure.ts';
import { paint } from '../terminal.ts';
import { wrapped } from './evidence.ts';
import { borderless } from './verdicts.ts';
import { indented } from './indented.ts';

const INDENT = 2;

/** One experiment's report as text, without a newline at its end. */
export function figureText({ name, title, setup, comparisons, tables }: FigureReport): string {
  return [
    `${paint.bold(name)}  ${title}`,
    ...setup.flatMap((line) => wrapped(line, INDENT)).map((line) => `  ${paint.dim(line)}`),
    ...(comparisons.length === 0 ? [] : [indented(comparisonTable(comparisons)), ...noteLines(comparisons)]),
    ...tables.map((table) => `\n${indented(tableText(table))}`),
  ].join('\n');
}

function comparisonTable(comparisons: readonly Comparison[]): string {
  const notes = notesOf(comparisons);
  const rows = comparisons.map(({ figure, published, measured, ratio, judged, off, note }) => [
    off ? paint.yellow('≠') : judged ? paint.green('✓') : paint.dim('–'),
    `${figure}${note === '' ? '' : paint.dim(` [${notes.indexOf(note) + 1}]`)}`,
    published.text,
    shownFigure(measured.mean),
    ratio === null ? '-' : ratio.toFixed(2),
    measured.count < 2
      ? paint.dim('1 seed')
      : paint.dim(`${shownFigure(measured.min)} to ${shownFigure(measured.max)}, ${measured.count} seeds`),
  ]);
  return borderless(['', 'figure', 'published', 'measured', 'ratio', 'over seeds'], rows, 6, INDENT);
}

function noteLines(comparisons: readonly Comparison[]): string[] {
  return notesOf(comparisons).flatMap((note, place) => {
    const mark = `[${place + 1}] `;
    return wrapped(note, INDENT + mark.length).map((line, at) =>
      paint.dim(`  ${at === 0 ? mark : ' '.repeat(mark.length)}${line}`),
    );
  });
}

/** Every note once, in order of appearance. */
function notesOf(comparisons: readonly Comparison[]): string[] {
  return [...new Set(comparisons.map(({ note }) => note).filter((note) => note !== ''))];
}

function tableText({ title, head, rows }: FigureTable): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shownFigure(cell) : cell)));
  return `${title}\n${borderless(head, cells, head.length, INDENT)}`;
}

function shownFigure(value: number): string {
  if (Number.isNaN(value)) return 'never';
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 0.1) return String(Number(value.toPrecision(2)));
  const text = value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : 3);
  // What is nearly whole is not shown as whole.
  return size < 100 && Number.isInteger(Number(text)) ? String(Number(value.toPrecision(6))) : text;
}
