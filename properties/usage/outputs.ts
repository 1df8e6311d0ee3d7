// Files that a run can be written to besides its report: flame graphs, heap curves, the timeline, pictures, a page, a repro.
// Invariant: what cannot be written for a model, or for a file's name, is refused before the run.
import type { CostStack } from '../../sim/cost/account.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { MODELS } from '../../models/registry.ts';
import type { Model } from '../../models/model.ts';
import { eventLogFile } from '../check/event-log-file.ts';
import { flameFormatOf, writeFlame } from '../flame/flame.ts';
import type { FlameFormat } from '../flame/flame.ts';
import { tripwireSamples } from '../flame/timeline-metrics.ts';
import { tripped } from '../flame/tripwire.ts';
import type { FlameWindow, Tripwire } from '../flame/tripwire.ts';
import { drawPicture } from '../pictures/picture.ts';
import type { Picture } from '../pictures/picture.ts';
import { serialiseRepro } from '../repro/file.ts';
import type { SoakResult } from '../soak/judge.ts';
import { reportPage } from '../view/report-page.ts';
import { runDataOf } from '../view/run-data-of.ts';
import type { RunData } from '../view/run-data.ts';
import { emptyTrack } from '../view/topology.ts';
import { heapFormatOf, heapText, timelineText } from './curves.ts';
import type { HeapFormat } from './curves.ts';

/** A file to be made of a run. */
export type RunOutput =
  | { readonly kind: 'flame'; readonly format: FlameFormat; readonly tripwire?: Tripwire }
  | { readonly kind: 'heap'; readonly format: HeapFormat }
  | { readonly kind: 'timeline' }
  /** An event log, for which the soak is run once more. */
  | { readonly kind: 'events'; readonly gzip: boolean }
  /** One picture as SVG. */
  | { readonly kind: 'picture'; readonly picture: Picture; readonly tool: string }
  /** A page that shows the run; `page` is the explorer's, as it was built. */
  | { readonly kind: 'page'; readonly page: string; readonly tool: string }
  /** A repro file; `tool` names its writer. */
  | { readonly kind: 'repro'; readonly tool: string };

/** What became of such a file. */
export interface RunFile {
  /** Undefined when there is nothing to write. */
  readonly content: string | Uint8Array | undefined;
  /** A sentence for the user about it; undefined when there is nothing to say. */
  readonly note: string | undefined;
}

/**
 * The flame graph that a file's name asks for.
 *
 * @param where - Opens an error's message.
 * @param tripwire - Only the window around its first alarm; default: the whole run.
 * @throws {InputError} `no-costs` when the model charges no CPU, `unknown-flame-format` for another ending.
 */
export function flameOutput(fileName: string, model: Model, where: string, tripwire?: Tripwire): RunOutput {
  if (model.costs === undefined) {
    const charging = MODELS.filter(({ costs }) => costs !== undefined).map(({ name }) => name);
    const expected = charging.length === 0 ? 'a model that has one' : `a model that has one: ${charging.join(', ')}`;
    const message = `${where}: received model ${model.name}, which has no cost table, expected ${expected}`;
    throw new InputError('no-costs', message, { model: model.name });
  }
  return { kind: 'flame', format: flameFormatOf(fileName), ...(tripwire === undefined ? {} : { tripwire }) };
}

/**
 * The heap curve that a file's name asks for.
 *
 * @param where - Opens an error's message.
 * @throws {InputError} `unknown-heap-format`.
 */
export function heapOutput(fileName: string, where: string): RunOutput {
  return { kind: 'heap', format: heapFormatOf(fileName, where) };
}

/** True when one of them needs readings of the cost account over time; see `SoakOptions.costWindows`. */
export function needsCostWindows(outputs: readonly RunOutput[]): boolean {
  return outputs.some((output) => output.kind === 'flame' && output.tripwire !== undefined);
}

/** True when one of them shows the topology of the run, which must then be watched; see `TopologyWatch`. */
export function needsTopology(outputs: readonly RunOutput[]): boolean {
  return outputs.some(({ kind }) => kind === 'picture' || kind === 'page');
}

/**
 * What is to be written to such a file.
 *
 * @param track - The topology of the run; default: nothing is known of it.
 */
export function outputFile(result: SoakResult, output: RunOutput, track = emptyTrack()): RunFile {
  const { record } = result;
  switch (output.kind) {
    case 'flame':
      return output.tripwire === undefined
        ? written(flameFile(result, output.format, record.cost?.stacks ?? [], record.endUs))
        : windowFile(result, output.format, output.tripwire);
    case 'heap':
      return written(heapText(record.timeline, output.format));
    case 'timeline':
      return written(timelineText(record.timeline));
    case 'events':
      return eventsFile(result, output.gzip);
    case 'repro':
      return reproFile(result, output.tool);
    case 'picture':
      return pictureFile(runDataOf(result, output.tool, track), output.picture);
    case 'page':
      return written(reportPage(output.page, [runDataOf(result, output.tool, track)]));
  }
}

function eventsFile({ soak, record }: SoakResult, gzip: boolean): RunFile {
  if (record.cutShort === undefined) return written(eventLogFile(soak, gzip));
  return { content: undefined, note: '--events: the run was cut short, so that no event log is written' };
}

function pictureFile(data: RunData, picture: Picture): RunFile {
  const content = drawPicture(data, picture);
  if (content !== undefined) return written(content);
  return { content, note: `--svg: this run has nothing to show as ${picture.name}, so that no picture is written` };
}

function reproFile(result: SoakResult, tool: string): RunFile {
  const content = serialiseRepro(result, tool);
  if (content !== undefined) return written(content);
  return { content, note: '--save: the run was cut short, so that no repro file is written' };
}

function windowFile(result: SoakResult, format: FlameFormat, tripwire: Tripwire): RunFile {
  const { metric, side, threshold } = tripwire;
  const wire = `${metric} ${side === 'above' ? '>' : '<'} ${threshold}`;
  let window: FlameWindow | undefined;
  try {
    const { timeline, calms } = result.record;
    // While nodes join for the first time, everything is busy.
    window = tripped(tripwireSamples(timeline), tripwire, { fromUs: calms[0]?.fromUs ?? 0 });
  } catch (error) {
    // A name that nothing in this run has: what the run found is worth more than the mistake.
    if (!(error instanceof InputError)) throw error;
    return { content: undefined, note: `--tripwire: ${error.message}; no flame graph is written` };
  }
  if (window === undefined) {
    return { content: undefined, note: `--tripwire: ${wire} never came about, so no flame graph is written` };
  }
  const { alarmUs, fromUs, toUs, value, stacks } = window;
  const about = `${metric} was ${Number(value.toPrecision(4))} at ${formatDuration(alarmUs)}`;
  const span = `${formatDuration(fromUs)} to ${formatDuration(toUs)}`;
  return {
    content: flameFile(result, format, stacks, toUs - fromUs),
    note: `--tripwire: ${about}; the flame graph shows ${span}`,
  };
}

function flameFile(
  { soak }: SoakResult,
  format: FlameFormat,
  stacks: readonly CostStack[],
  durationUs: number,
): Uint8Array {
  const title = `${soak.scenario.name}: simulated CPU of ${soak.nodes} nodes`;
  return writeFlame(stacks, format, { title, durationUs });
}

function written(content: string | Uint8Array): RunFile {
  return { content, note: undefined };
}
