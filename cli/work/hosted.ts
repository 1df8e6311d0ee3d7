// The program of a hosted soak: runs in the host's thread, with the thread's own simulation.
// Invariant: one run per thread, so that what a package keeps at module level is as fresh as in a process of its own.
import { HostError } from '../../host/host-error.ts';
import type { HostedSimulation } from '../../host/hosted-simulation.ts';
import type { ProgramControl, ProgramEnd } from '../../host/hosted-thread.ts';
import { judgeRecord } from '../../properties/soak/judge.ts';
import type { SoakRecord } from '../../properties/soak/record.ts';
import { runSoakAsync } from '../../properties/soak/run.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import { needsCostWindows, needsTopology } from '../../properties/usage/outputs.ts';
import type { RunOutput } from '../../properties/usage/outputs.ts';
import { TopologyWatch } from '../../properties/view/topology-watch.ts';
import type { CutShort } from '../exit-codes.ts';
import { hostedCatalogue } from '../hosted-choice.ts';
import { realNowMs } from '../real-time.ts';
import { heapReportOf, withHeapLook } from './heap-look.ts';
import type { HeapReport } from './heap-look.ts';
import { judgedRun } from './soak.ts';
import type { JudgedRun } from './soak.ts';
import { throttled } from './watch.ts';

/** What one thread is to do. */
export interface HostedSoakOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models and properties of one's own. */
  readonly use: readonly string[];
  /** False for the second run, by which `deterministic` is judged. */
  readonly observe: boolean;
  readonly maxEvents?: number;
  readonly outputs: readonly RunOutput[];
  /** Take heap snapshots at two calms. */
  readonly heapSnapshot: boolean;
  /** Its first element is not 0 when the run must end. */
  readonly stop: Int32Array;
}

/** What it tells meanwhile. */
export type HostedTold =
  | { readonly kind: 'header'; readonly header: readonly string[] }
  | { readonly kind: 'progress'; readonly share: number };

/** What it gives: the first run judged, or of the second what is compared. */
export type HostedSoakResult =
  | { readonly kind: 'judged'; readonly run: JudgedRun; readonly heap: HeapReport | undefined }
  | { readonly kind: 'again'; readonly again: SoakRecord['again'] };

/** Runs the soak, and judges it; see `HostedOrder.install`. */
export async function run(host: HostedSimulation, data: unknown, control: ProgramControl): Promise<ProgramEnd> {
  const { scenario, where, use, observe, maxEvents, outputs, heapSnapshot, stop } = data as HostedSoakOrder;
  const tell = (told: HostedTold): void => control.tell(told);
  const startMs = realNowMs();
  const soak = resolveScenario(scenario, where, await hostedCatalogue(use, scenario.model));
  // A target that cannot be imported is a mistake, and those are told alone.
  await soak.model.load?.();
  tell({ kind: 'header', header: soak.header });
  let cause: CutShort | undefined;
  const expired = (): boolean => {
    if (Atomics.load(stop, 0) !== 0) cause ??= 'interrupted';
    else if (control.expired()) cause ??= 'wall-spent';
    return cause !== undefined;
  };
  let taken = false;
  let topology: TopologyWatch | undefined;
  const record = await runSoakAsync(heapSnapshot && observe ? withHeapLook(soak) : soak, {
    observe,
    costWindows: needsCostWindows(outputs),
    expired,
    onStarted: ({ simulation }) => {
      if (observe && needsTopology(outputs)) topology = new TopologyWatch(simulation);
    },
    onProgress: throttled((share) => tell({ kind: 'progress', share })),
    ...(maxEvents === undefined ? {} : { maxEvents }),
    makeSimulation: () => {
      if (taken) throw new HostError('already-hosted', 'the thread has made its run');
      taken = true;
      return host.simulation;
    },
  });
  const outcome = record.cutShort === undefined ? 'reached' : 'expired';
  const { digest, eventCount, checkpoints } = record;
  if (!observe) {
    const again = record.cutShort === undefined ? { digest, eventCount, checkpoints } : undefined;
    return { outcome, result: { kind: 'again', again } satisfies HostedSoakResult };
  }
  // What ended it early, a budget apart, has been told as a panic: it asked to end the process.
  const exited = host.evidence.count('exit') > 0;
  const cutShort = cause ?? (record.cutShort === undefined || exited ? undefined : 'events-spent');
  const ended = { cutShort, wallMs: realNowMs() - startMs, outputs, topology };
  const judged = judgedRun(judgeRecord(soak, record), ended);
  return { outcome, result: { kind: 'judged', run: judged, heap: heapReportOf(record) } satisfies HostedSoakResult };
}
