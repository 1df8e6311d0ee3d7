// The worker thread of one hosted run: installs virtual time, imports the program, runs it, and says how it went.
// Invariant: evidence is told as it is found, so that a thread that is ended from outside has told all it knew.
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { QuicksoakError } from '../sim/errors.ts';
import { withinMs } from './deadline.ts';
import { describeThrown } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { HostError } from './host-error.ts';
import { HostedSimulation } from './hosted-simulation.ts';
import type { HostedOutcome, HostOptions } from './hosted-simulation.ts';

/** What the thread is given. */
export interface ThreadOrder extends HostOptions {
  readonly program: string;
  readonly data: unknown;
  readonly untilUs: number;
  readonly wallMs: number;
  readonly loadMs: number;
  readonly heapMiB: number;
  /** See `HostedOrder.install`. */
  readonly install: boolean;
  /** See {@link HostedSimulation.pulse}. */
  readonly pulse: SharedArrayBuffer;
}

/** How the run ended, as far as the thread can tell. */
export interface ThreadVerdict {
  readonly outcome: HostedOutcome | 'out-of-memory' | 'import-failed' | 'program-failed';
  readonly message: string;
  /** Of the error that ended the program, when it has one that is stable. */
  readonly code: string | undefined;
  readonly stack: string;
  readonly digest: string;
  readonly nowUs: number;
  readonly eventCount: number;
  readonly evidence: readonly Evidence[];
  readonly evidenceDropped: number;
  readonly result: unknown;
}

/** What the thread says. */
export type ThreadNews =
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  | { readonly kind: 'told'; readonly told: unknown }
  | { readonly kind: 'verdict'; readonly verdict: ThreadVerdict };

type Start = (host: HostedSimulation, data: unknown) => unknown;

/** What a program that runs the simulation itself is given. */
export interface ProgramControl {
  /** To be asked between events; true ends the run. */
  readonly expired: () => boolean;
  /** Tells whoever ordered the run; plain data. */
  readonly tell: (told: unknown) => void;
}

/** How the run of such a program ended. */
export interface ProgramEnd {
  readonly outcome: HostedOutcome;
  readonly result: unknown;
}

type Run = (host: HostedSimulation, data: unknown, control: ProgramControl) => Promise<ProgramEnd>;

/** Real time, also while virtual time is installed. */
const realNowMs = performance.now.bind(performance);

async function serve(order: ThreadOrder, say: (news: ThreadNews) => void): Promise<void> {
  const lastMs = realNowMs() + order.wallMs;
  const host = new HostedSimulation(order);
  host.pulse = new Float64Array(order.pulse);
  host.evidence.onFirst = (evidence) => say({ kind: 'evidence', evidence });
  if (order.install) host.install();
  let heapIsSpent = false;
  const ending = await runProgram(host, order, {
    expired: () => {
      heapIsSpent = getHeapStatistics().used_heap_size > order.heapMiB * 1024 * 1024;
      return heapIsSpent || realNowMs() > lastMs;
    },
    tell: (told) => say({ kind: 'told', told }),
  });
  host.close();
  const { digest, nowUs, eventCount } = host.simulation;
  const isFull = ending.outcome === 'expired' && heapIsSpent;
  const verdict: ThreadVerdict = {
    ...ending,
    ...(isFull ? { outcome: 'out-of-memory', message: `more than ${order.heapMiB} MiB of heap` } : {}),
    digest: digest.hex,
    nowUs,
    eventCount,
    evidence: host.evidence.list(),
    evidenceDropped: host.evidence.dropped,
  };
  try {
    say({ kind: 'verdict', verdict });
  } catch (error) {
    // The program's result is the one part that may not be plain data.
    const message = `what finish returned cannot leave the thread: ${describeThrown(error).what}`;
    say({ kind: 'verdict', verdict: { ...verdict, result: undefined, outcome: 'program-failed', message } });
  }
}

type Ending = Pick<ThreadVerdict, 'outcome' | 'message' | 'code' | 'stack' | 'result'>;

async function runProgram(host: HostedSimulation, order: ThreadOrder, control: ProgramControl): Promise<Ending> {
  const { program, data, untilUs, loadMs } = order;
  let stage: ThreadVerdict['outcome'] = 'import-failed';
  try {
    const { start, run } = await importOf(host, order);
    if (typeof run === 'function') {
      stage = 'program-failed';
      return { ...(await (run as Run)(host, data, control)), message: '', code: undefined, stack: '' };
    }
    if (typeof start !== 'function') {
      throw new HostError('import-failed', `${program} exports no function start, expected start(host, data)`);
    }
    stage = 'program-failed';
    const finish = await withinMs(Promise.resolve((start as Start)(host, data)), loadMs, 'start of the program');
    const outcome = await host.run(untilUs, { expired: control.expired });
    const result =
      typeof finish === 'function'
        ? await withinMs(Promise.resolve((finish as () => unknown)()), loadMs, 'finish of the program')
        : undefined;
    return { outcome, message: '', code: undefined, stack: '', result };
  } catch (error) {
    const thrown = error instanceof HostError && error.cause !== undefined ? error.cause : error;
    const message = error instanceof QuicksoakError ? error.message : describeThrown(error).what;
    const code = error instanceof QuicksoakError ? error.code : undefined;
    return { outcome: stage, message, code, stack: describeThrown(thrown).stack, result: undefined };
  }
}

async function importOf(host: HostedSimulation, order: ThreadOrder): Promise<Record<string, unknown>> {
  if (order.install) return host.load(order.program, order.loadMs);
  // oxlint-disable-next-line import/no-dynamic-require -- what is hosted is the caller's choice
  return (await import(order.program)) as Record<string, unknown>;
}

if (parentPort !== null) {
  const port = parentPort;
  await serve(workerData as ThreadOrder, (news) => port.postMessage(news));
}
