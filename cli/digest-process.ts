// A process of its own that runs one scenario and says its digests, or a stretch of its events, and the calls that start it.
// Invariant: it is given the scenario and paths of code, so that what it shares with its parent is code alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { digestsOf, laneOf, toldEvents } from '../properties/soak/compare.ts';
import type { Lane, RunDigests, Stretch, ToldEvent } from '../properties/soak/compare.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import { catalogueOf } from './own-parts.ts';

/** A run that goes on in a process of its own. */
export interface RunProcess<Result> {
  /** Fails when the process ends without a result. */
  readonly result: Promise<Result>;
  /** Ends it. */
  stop(): void;
}

const PATH = fileURLToPath(import.meta.url);

/** What the process is given. */
interface DigestOrder {
  readonly scenario: unknown;
  /** Absolute paths of modules with models of one's own. */
  readonly use: readonly string[];
  /** The events to tell; absent when the digests are wanted. */
  readonly stretch?: Stretch;
}

/**
 * Starts a process that runs `scenario` and says its digests.
 *
 * @param use - Absolute paths of modules with models of one's own.
 */
export function startDigestProcess(scenario: Scenario, use: readonly string[]): RunProcess<RunDigests> {
  return startProcess({ scenario, use });
}

/** Like {@link startDigestProcess}, to have a stretch of the run's events told. */
export function startTellingProcess(
  scenario: Scenario,
  use: readonly string[],
  stretch: Stretch,
): RunProcess<ToldEvent[]> {
  return startProcess({ scenario, use, stretch });
}

function startProcess<Result>(order: DigestOrder): RunProcess<Result> {
  const child = spawn(process.execPath, [...process.execArgv, PATH], { stdio: ['pipe', 'pipe', 'pipe'] });
  const result = resultOf<Result>(child);
  // Whoever stops it does not wait for its result.
  result.catch(() => {});
  // A child that ends early closes its input; why it ended is told by its result.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(order));
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  child.once('close', () => process.off('exit', stop));
  return { result, stop };
}

async function resultOf<Result>(child: ReturnType<typeof spawn>): Promise<Result> {
  const [said, complaint, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  if (code === 0) return JSON.parse(said) as Result;
  throw new Error(
    `the process of the second run ended with ${code ?? signal} and no result: ${complaint.slice(0, 2000)}`,
  );
}

async function serve(): Promise<void> {
  // A terminal interrupts the whole group; the parent decides, and ends this process itself.
  process.on('SIGINT', () => {});
  const { scenario, use, stretch } = JSON.parse(await text(process.stdin)) as DigestOrder;
  const soak = resolveScenario(parseScenario(scenario, 'standard input'), 'scenario', await catalogueOf(use));
  const lane = laneOf(soak);
  process.stdout.write(JSON.stringify(stretch === undefined ? digestsOf(lane) : allTold(lane, stretch)));
}

function allTold(lane: Lane, stretch: Stretch): ToldEvent[] {
  const steps = toldEvents(lane, stretch);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

if (process.argv[1] === PATH) await serve();
