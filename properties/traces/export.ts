// Exports a run: runs a scenario up to the end of a window and writes what happened in it, piece by piece.
// Invariant: the bytes follow from the scenario and the options alone; the run has the digest of one that is not exported.
import { InputError } from '../../sim/errors.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { errorOfModel, startSoak } from '../soak/run.ts';
import type { Soak } from '../soak/scenario.ts';
import { TimelineSampler } from '../soak/timeline.ts';
import type { TraceListener } from './happenings.ts';
import { RunTrace } from './run-trace.ts';
import { TextOut } from './text-out.ts';

/** Most events of a step: an interruption must not wait for long. */
const STEP_EVENTS = 5_000;

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
 * Runs `soak` to the end of the window and tells `writer` of it. A step is short; it gives the share done.
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
    if (fromUs > 0) yield* runTo(simulation, fromUs - 1, toUs);
    trace.openWindow(fromUs);
    for (const sampleUs of sampleTimes(fromUs, toUs, everyUs)) {
      yield* runTo(simulation, sampleUs, toUs);
      trace.endTurn();
      sampler.take();
      writer.sampled?.(sampler.samples.pop()!);
    }
    yield* runTo(simulation, toUs, toUs);
    trace.closeWindow();
  } catch (error) {
    throw errorOfModel(error, soak, simulation);
  }
  return { tally: writer.tally, digest: simulation.digest.hex, events: simulation.eventCount };
}

/** Runs in steps of so many events that none takes long; each gives the share done. */
function* runTo(simulation: Simulation, untilUs: number, endUs: number): Generator<number, void, undefined> {
  while (simulation.run({ untilUs, maxEvents: STEP_EVENTS }) !== 'reached') yield simulation.nowUs / endUs;
  yield simulation.nowUs / Math.max(1, endUs);
}

/** From the start of a window at equal distances, and its end; none for a distance of 0. */
function* sampleTimes(fromUs: number, toUs: number, everyUs: number): Generator<number, void, undefined> {
  if (everyUs === 0) return;
  for (let atUs = fromUs; atUs < toUs; atUs += everyUs) yield atUs;
  yield toUs;
}

/**
 * The window that was asked for, within the run.
 *
 * @param fromUs - Default: the start of the run. @param toUs - Default: its end.
 * @param fromFlag - How `fromUs` was given, for messages. Default: `--from`.
 * @throws {InputError} `bad-window` for one that is empty, or not within the run.
 */
export function windowOf(
  { endUs }: Soak,
  fromUs: number | undefined,
  toUs: number | undefined,
  fromFlag = '--from',
): Pick<ExportTerms, 'fromUs' | 'toUs'> {
  const end = formatDuration(endUs);
  const refuse = (flag: string, received: number, expected: string): InputError =>
    new InputError('bad-window', `${flag}: received ${formatDuration(received)}, expected ${expected}`, { endUs });
  if (toUs !== undefined && toUs > endUs) throw refuse('--to', toUs, `at most ${end}, the end of the run`);
  if (fromUs !== undefined && fromUs >= endUs) throw refuse(fromFlag, fromUs, `less than ${end}, the end of the run`);
  const [from, to] = [fromUs ?? 0, toUs ?? endUs];
  if (from >= to) throw refuse('--to', to, `more than ${formatDuration(from)}, where the window begins`);
  return { fromUs: from, toUs: to };
}
