// Incidents, for people: the story, reported beside measured, and what broke in each run.
// Invariant: a figure never stands without its status, and a note never without its figure.
import type { IncidentRow } from '../../properties/incidents/incident.ts';
import type { IncidentReport, ReportedRun } from '../../properties/incidents/report.ts';
import { formatDuration } from '../../sim/duration.ts';
import { paint } from '../terminal.ts';
import { wrapped } from './evidence.ts';
import { borderless } from './verdicts.ts';
import { indented } from './indented.ts';

const INDENT = 2;

/** One incident as text, without a newline at its end. */
export function incidentText({ name, summary, story, seed, runs, rows, cutShort }: IncidentReport): string {
  return [
    `${paint.bold(name)}  ${summary}`,
    ...wrapped(story, INDENT).map((line) => `  ${paint.dim(line)}`),
    ...(rows.length === 0 ? [] : [indented(rowTable(rows))]),
    ...runs.map((run) => indented(runText(run))),
    ...(cutShort ? [`  ${paint.yellow('cut short: the other runs were not made')}`] : []),
    `  ${paint.dim(`seed ${JSON.stringify(seed)}`)}`,
  ].join('\n');
}

/** Reported beside measured, for the rows of one run; without a newline at its end. */
export function rowsText(rows: readonly IncidentRow[]): string {
  return `${paint.bold('reported beside measured')}\n${rowTable(rows)}`;
}

/** What held and what broke in each run of an incident; without a newline at its end. */
export function runsText({ runs }: IncidentReport): string {
  return runs.map((run) => runText(run)).join('\n');
}

/** Every incident's figures as one table in Markdown. */
export function incidentsMarkdown(reports: readonly IncidentReport[]): string {
  const lines = reports.flatMap(({ name, rows }) =>
    rows.map((row) => [
      `\`${name}\``,
      withUnit(row.what, row.unit),
      row.reported ?? '-',
      row.measured,
      statusText(row),
    ]),
  );
  return [['incident', 'figure', 'reported', 'measured', 'status'], ['---', '---', '---', '---', '---'], ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function rowTable(rows: readonly IncidentRow[]): string {
  const cells = rows.map((row) => [
    withUnit(row.what, row.unit),
    row.reported ?? paint.dim('-'),
    row.measured,
    paint.dim(statusText(row)),
  ]);
  return borderless(['figure', 'reported', 'measured', 'status'], cells, 0, INDENT);
}

function statusText({ status, note }: IncidentRow): string {
  return note === undefined ? status : `${status}: ${note}`;
}

function withUnit(what: string, unit: string): string {
  return unit === '' ? what : `${what}, ${unit}`;
}

function runText({ key, title, broken, held, endUs, digest }: ReportedRun): string {
  const judged = broken.length + held.length;
  const verdict =
    broken.length === 0 ? paint.green(`${judged} of ${judged} held`) : paint.red(`${broken.length} of ${judged} broke`);
  const about = paint.dim(`${formatDuration(endUs)} virtual, digest ${digest}`);
  return [
    `${paint.cyan(key)} (${title}): ${verdict}  ${about}`,
    ...broken
      .flatMap(({ name, figure }) => wrapped(`${name}: ${figure}`, INDENT + 4))
      .map((line) => `  ${paint.red('✗')} ${line}`),
  ].join('\n');
}
