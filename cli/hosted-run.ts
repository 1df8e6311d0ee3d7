// Runs a hosted soak in threads of the host, and says how it went, whatever the target did.
// Invariant: every order ends with a judged run, a lost one with what was seen of it, or a user's mistake.
import { performance } from 'node:perf_hooks';
import { InputError } from '../sim/errors.ts';
import { formatDuration } from '../sim/duration.ts';
import type { Evidence as HostEvidence } from '../host/evidence.ts';
import { runHosted } from '../host/hosted-worker.ts';
import type { HostedVerdict } from '../host/hosted-worker.ts';
import { deterministic } from '../properties/judges/deterministic.ts';
import { broken } from '../properties/property.ts';
import type { Verdict } from '../properties/property.ts';
import { encodeToken } from '../properties/repro/token.ts';
import type { SoakRecord } from '../properties/soak/record.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import type { RunOutput } from '../properties/usage/outputs.ts';
import type { HeapReport } from './work/heap-look.ts';
import type { JudgedRun } from './work/soak.ts';
import type { HostedSoakOrder, HostedSoakResult, HostedTold } from './work/hosted.ts';

/** What is to be run. */
export interface HostedOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models and properties of one's own. */
  readonly use: readonly string[];
  /** Run a second time, in a thread of its own, for the property `deterministic`. */
  readonly twice: boolean;
  readonly maxEvents?: number;
  /** Most real time, in microseconds; default ten minutes. */
  readonly maxWallUs?: number;
  /** Real time that one event may take, in microseconds; default ten seconds. */
  readonly hangAfterUs?: number;
  /** Most heap of a run, in MiB; default that of the host. */
  readonly heapMiB?: number;
  readonly outputs: readonly RunOutput[];
  /** Take heap snapshots at two calms of the first run. */
  readonly heapSnapshot: boolean;
  /** Its first element is set to another value than 0 to end the runs. */
  readonly stop: Int32Array;
}

/** How it went. */
export type HostedRunResult =
  /** Judged; what the host noted besides is in `noted`. */
  | {
      readonly kind: 'judged';
      readonly run: JudgedRun;
      readonly noted: readonly HostEvidence[];
      readonly heap: HeapReport | undefined;
    }
  /** The target took the thread with it, or the memory: `verdict` says what is known. */
  | { readonly kind: 'lost'; readonly lost: LostRun };

/** A run that could not be judged as a whole. */
export interface LostRun {
  readonly outcome: HostedVerdict['outcome'];
  readonly verdict: Verdict;
  /** Virtual time reached, in microseconds. */
  readonly endUs: number;
  readonly eventCount: number;
  readonly wallMs: number;
  readonly noted: readonly HostEvidence[];
}

/** Most real time of a run unless told otherwise, in milliseconds. */
const WALL_MS = 600_000;
/** Most real time that a heap snapshot may take, in milliseconds; no event comes meanwhile. */
const SNAPSHOT_MS = 120_000;
/** Most real time that an import may take, in milliseconds. */
const LOAD_MS = 30_000;

/**
 * Runs a hosted soak.
 *
 * @param onTold - Called with what the first run tells.
 * @throws {InputError} For a scenario that does not resolve, and `import-failed` for a target that cannot be imported.
 */
export async function runHostedSoak(
  order: HostedOrder,
  onTold: (told: HostedTold) => void = () => {},
): Promise<HostedRunResult> {
  const startMs = performance.now();
  const [first, second] = await Promise.all([
    inThread(order, true, onTold),
    order.twice ? inThread(order, false, () => {}) : undefined,
  ]);
  const wallMs = performance.now() - startMs;
  const result = first.result as HostedSoakResult | undefined;
  // What a run was judged by until its memory was full says nothing of what filled it.
  if (result?.kind !== 'judged' || first.outcome === 'out-of-memory')
    return { kind: 'lost', lost: lostRun(first, wallMs) };
  const again = (second?.result as Extract<HostedSoakResult, { kind: 'again' }> | undefined)?.again;
  const run = withSecond({ ...result.run, wallMs }, again, order.scenario);
  return { kind: 'judged', run, noted: first.evidence, heap: result.heap };
}

async function inThread(
  order: HostedOrder,
  observe: boolean,
  onTold: (told: HostedTold) => void,
): Promise<HostedVerdict> {
  const { scenario, where, use, maxEvents, outputs, stop, maxWallUs, hangAfterUs, heapMiB, heapSnapshot } = order;
  const data: HostedSoakOrder = {
    scenario,
    where,
    use,
    observe,
    outputs,
    heapSnapshot,
    stop,
    ...(maxEvents === undefined ? {} : { maxEvents }),
  };
  const verdict = await runHosted(
    {
      seed: scenario.seed,
      program: new URL('./work/hosted.js', import.meta.url).href,
      install: false,
      data,
      untilUs: 0,
      wallMs: maxWallUs === undefined ? WALL_MS : maxWallUs / 1000,
      loadMs: LOAD_MS,
      ...(heapMiB === undefined ? {} : { heapMiB }),
      ...(hangAfterUs === undefined && !heapSnapshot
        ? {}
        : { blockedMs: Math.max((hangAfterUs ?? 0) / 1000, heapSnapshot ? SNAPSHOT_MS : 0) }),
    },
    (told) => onTold(told as HostedTold),
  );
  const { outcome, message, code, stack } = verdict;
  if (outcome !== 'program-failed' && outcome !== 'import-failed') return verdict;
  if (code !== undefined) throw new InputError(code, `${message}${placeIn(stack)}`);
  throw new Error(`${message}\n${stack}`);
}

/** What refuses a mistake: a place in there says nothing of the mistake. */
const OWN_PLACES = ['sim', 'models', 'properties', 'host'].map(
  (layer) => new URL(`../${layer}/`, import.meta.url).href,
);

/** Where it came from, unless that is Node or quicksoak itself. */
function placeIn(stack: string): string {
  const [first = ''] = stack.split('\n', 1);
  const isOwn = ['node:', ...OWN_PLACES].some((place) => first.includes(place));
  return first === '' || isOwn ? '' : `, ${first.trim()}`;
}

/** Judges `deterministic` by a second run, which another thread made. */
function withSecond(run: JudgedRun, again: SoakRecord['again'], scenario: Scenario): JudgedRun {
  const place = run.verdicts.findIndex(({ name }) => name === deterministic.name);
  if (again === undefined || place < 0 || run.cutShort !== undefined) return run;
  const { digest, eventCount, checkpoints } = run;
  const compared = { digest, eventCount, checkpoints, again, cutShort: undefined } as SoakRecord;
  const verdicts = run.verdicts.with(place, deterministic.judge(compared));
  const names = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...run, verdicts, token: run.token === undefined ? undefined : encodeToken(scenario, digest, names) };
}

const LOST: Partial<Record<HostedVerdict['outcome'], string>> = {
  blocked: 'the target does not give back the thread',
  died: 'the thread of the run ended',
  'out-of-memory': 'the run takes too much memory',
};

/** What a thread that was lost was seen to do is what no-wedge speaks of: a node that does not turn. */
function lostRun(
  { outcome, message, stack, nowUs, eventCount, evidence, blockedNode }: HostedVerdict,
  wallMs: number,
): LostRun {
  const text = `${LOST[outcome] ?? outcome}: ${message}${placeIn(stack)}`;
  const data = { outcome, message, stack, node: blockedNode, atUs: nowUs };
  const found = { subject: blockedNode ?? 'the host', text, data };
  const told = evidence.map(({ kind, what, node, atUs, stack: from, count }) => ({
    subject: node ?? 'no node',
    text: `${kind}: ${what}${node === undefined ? '' : `, by ${node}`} at ${formatDuration(atUs)}${count > 1 ? `, ${count} times` : ''}`,
    data: { kind, what, node, atUs, stack: from, count },
  }));
  const bound = outcome === 'out-of-memory' ? 'a run stays within its memory' : 'every event of a node returns';
  const verdict = broken('no-wedge', text, bound, [found, ...told], nowUs);
  return { outcome, verdict, endUs: nowUs, eventCount, wallMs, noted: evidence };
}
