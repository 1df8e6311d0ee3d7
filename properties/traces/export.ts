// Exports a run: runs a scenario up to the end of a window and writes what happened in it, piece by piece.
// Invariant: the bytes follow from the scenario and the options alone; the run has the digest of one that is not exported.
import { InputError } from '../../sim/errors.ts';
import { formatDuration } from '../../sim/duration.ts';
import { errorOfModel, startSoak } from '../soak/run.ts';
import type { Soak } from '../soak/scenario.ts';
import { TimelineSampler } from '../soak/timeline.ts';
import type { TraceListener } from './happenings.ts';
import { RunTrace } from './run-trace.ts';
import { TextOut } from './text-out.ts';

/** Virtual time between two reports of progress, in microseconds. */
const SLICE_US = 1_000_000;

/** Which part of a run is exported, and how; times in virtual microseconds. */
export interface ExportTerms {
  readonly fromUs: number;
  /** Included; not after the end of the run. */
  readonly toUs: number;
  /** Distance of samples, in microseconds; 0 takes none. */
  readonly everyUs: number;
}

/** A writer of one format. */
export interface TraceWriter extends TraceListener {
  /** What it has written, in words. */
  readonly tally: string;
}

/** What became of an export. */
export interface Exported {
  /** Such as `1234 events of 20 hosts`. */
  readonly tally: string;
  /** Of the run up to the end of the window. */
  readonly digest: string;
  readonly events: number;
}

/**
 * Runs `soak` to the end of the window and tells `writer` of it. A step is a second of virtual time; gives the share done.
 *
 * @throws {InputError} `model-threw` for a model of one's own that throws.
 */
export function* exportRun(
  soak: Soak,
  { fromUs, toUs, everyUs }: ExportTerms,
  makeWriter: (out: TextOut) => TraceWriter,
  write: (piece: string) => void,
): Generator<number, Exported, undefined> {
  const started = startSoak(soak, { keepCosts: true });
  const { simulation, driver } = started;
  const writer = makeWriter(new TextOut(write));
  const trace = new RunTrace(started, writer);
  const sampler = new TimelineSampler(simulation, driver, soak.calms, false);
  try {
    // What happens at the first instant is in the window.
    while (simulation.nowUs < fromUs - 1) {
      simulation.run({ untilUs: Math.min(fromUs - 1, simulation.nowUs + SLICE_US) });
      yield simulation.nowUs / toUs;
    }
    trace.openWindow();
    let sampleUs = everyUs > 0 ? fromUs : Infinity;
    for (;;) {
      const untilUs = Math.min(toUs, sampleUs, simulation.nowUs + SLICE_US);
      simulation.run({ untilUs });
      if (untilUs === sampleUs || (untilUs === toUs && everyUs > 0)) {
        trace.endTurn();
        sampler.take();
        writer.sampled?.(sampler.samples.pop()!);
        sampleUs += everyUs;
      }
      yield untilUs / toUs;
      if (untilUs === toUs) break;
    }
    trace.closeWindow();
  } catch (error) {
    throw errorOfModel(error, soak, simulation);
  }
  return { tally: writer.tally, digest: simulation.digest.hex, events: simulation.eventCount };
}

/**
 * The window that was asked for, within the run.
 *
 * @param fromUs - Default: the start of the run. @param toUs - Default: its end.
 * @throws {InputError} `bad-window` for one that is empty, or not within the run.
 */
export function windowOf(
  { endUs }: Soak,
  fromUs: number | undefined,
  toUs: number | undefined,
): Pick<ExportTerms, 'fromUs' | 'toUs'> {
  const end = formatDuration(endUs);
  const refuse = (flag: string, received: number, expected: string): InputError =>
    new InputError('bad-window', `${flag}: received ${formatDuration(received)}, expected ${expected}`, { endUs });
  if (toUs !== undefined && toUs > endUs) throw refuse('--to', toUs, `at most ${end}, the end of the run`);
  if (fromUs !== undefined && fromUs >= endUs) throw refuse('--from', fromUs, `less than ${end}, the end of the run`);
  const [from, to] = [fromUs ?? 0, toUs ?? endUs];
  if (from >= to) throw refuse('--to', to, `more than ${formatDuration(from)}, where the window begins`);
  return { fromUs: from, toUs: to };
}
