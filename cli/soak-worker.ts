// Runs and judges one scenario in a thread of its own, so that the main thread can listen to the keyboard.
// Invariant: the stop flag and the wall clock end a run early and change nothing else in it.
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { InputError } from '../sim/errors.ts';
import type { Verdict } from '../properties/property.ts';
import { propertyNamed } from '../properties/judges/index.ts';
import { tokenOf } from '../properties/repro/token.ts';
import { judgeSoak } from '../properties/soak/judge.ts';
import type { JudgeOptions } from '../properties/soak/judge.ts';
import { resolveScenario } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import type { CutShort } from './exit-codes.ts';

/** What to run. */
export interface SoakOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Run a second time, for the property `deterministic`; default true. */
  readonly twice?: boolean;
  /** Most events of one run; default unlimited. */
  readonly maxEvents?: number;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
}

/** A judged run as plain data. */
export interface JudgedRun {
  readonly header: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** 16 hexadecimal digits. */
  readonly digest: string;
  readonly eventCount: number;
  /** Virtual time reached, and the scenario's end, in microseconds. */
  readonly endUs: number;
  readonly plannedUs: number;
  readonly calmCount: number;
  readonly wallMs: number;
  /** Undefined when every run reached its end. */
  readonly cutShort: CutShort | undefined;
  /** Undefined when the run was cut short, or is too large for a token. */
  readonly token: string | undefined;
}

/** What the thread tells. */
export type SoakNews =
  | { readonly kind: 'header'; readonly header: readonly string[] }
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'judged'; readonly run: JudgedRun }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** What the thread is started with; `stop[0]` is 1 when the run must end. */
export interface SoakWorkerData {
  readonly order: SoakOrder;
  readonly stop: Int32Array;
}

const PROGRESS_EVERY_MS = 100;

if (!isMainThread && parentPort !== null) serve(workerData as SoakWorkerData, parentPort);

function serve({ order, stop }: SoakWorkerData, port: MessagePort): void {
  const tell = (news: SoakNews): void => port.postMessage(news);
  try {
    tell({ kind: 'judged', run: judge(order, stop, tell) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    tell({ kind: 'refused', code: error.code, message: error.message });
  }
}

function judge(order: SoakOrder, stop: Int32Array, tell: (news: SoakNews) => void): JudgedRun {
  const startMs = performance.now();
  const deadlineMs = order.maxWallUs === undefined ? Infinity : startMs + order.maxWallUs / 1000;
  let cause: CutShort | undefined;
  const expired = (): boolean => {
    if (Atomics.load(stop, 0) !== 0) cause ??= 'interrupted';
    else if (performance.now() >= deadlineMs) cause ??= 'wall-spent';
    return cause !== undefined;
  };
  const options: JudgeOptions = {
    twice: order.twice ?? true,
    expired,
    onProgress: throttled((share) => tell({ kind: 'progress', share })),
    ...(order.maxEvents === undefined ? {} : { maxEvents: order.maxEvents }),
  };

  const soak = resolveScenario(order.scenario, order.where);
  // Judging would find an unknown name too, after the header is out.
  for (const name of order.scenario.properties ?? []) propertyNamed(name, `${order.where}: properties`);
  tell({ kind: 'header', header: soak.header });
  const result = judgeSoak(soak, options);
  const { record, verdicts } = result;
  const cutShort = cause ?? (record.cutShort === undefined ? undefined : 'events-spent');
  return {
    header: soak.header,
    verdicts,
    digest: record.digest,
    eventCount: record.eventCount,
    endUs: record.endUs,
    plannedUs: soak.endUs,
    calmCount: record.calms.length,
    wallMs: performance.now() - startMs,
    cutShort,
    token: cutShort === undefined ? tokenOf(result) : undefined,
  };
}

function throttled(report: (share: number) => void): (share: number) => void {
  let nextMs = 0;
  return (share) => {
    const nowMs = performance.now();
    if (nowMs < nextMs) return;
    nextMs = nowMs + PROGRESS_EVERY_MS;
    report(share);
  };
}
