// A process of its own that runs one scenario and says its digests, and the call that starts it.
// Invariant: it is given the scenario and paths of code, so that what it shares with its parent is code alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { digestsOf, laneOf } from '../properties/soak/compare.ts';
import type { RunDigests } from '../properties/soak/compare.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import { catalogueOf } from './own-parts.ts';

/** A run that goes on in a process of its own. */
export interface DigestProcess {
  /** Fails when the process ends without a result. */
  readonly digests: Promise<RunDigests>;
  /** Ends it. */
  stop(): void;
}

const PATH = fileURLToPath(import.meta.url);

/** What the process is given. */
interface DigestOrder {
  readonly scenario: unknown;
  /** Absolute paths of modules with models of one's own. */
  readonly use: readonly string[];
}

/**
 * Starts a process that runs `scenario`.
 *
 * @param use - Absolute paths of modules with models of one's own.
 */
export function startDigestProcess(scenario: Scenario, use: readonly string[]): DigestProcess {
  const child = spawn(process.execPath, [...process.execArgv, PATH], { stdio: ['pipe', 'pipe', 'pipe'] });
  const digests = resultOf(child);
  // Whoever stops it does not wait for its result.
  digests.catch(() => {});
  // A child that ends early closes its input; why it ended is told by its result.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify({ scenario, use } satisfies DigestOrder));
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  child.once('close', () => process.off('exit', stop));
  return { digests, stop };
}

async function resultOf(child: ReturnType<typeof spawn>): Promise<RunDigests> {
  const [said, complaint, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  if (code === 0) return JSON.parse(said) as RunDigests;
  throw new Error(
    `the process of the second run ended with ${code ?? signal} and no result: ${complaint.slice(0, 2000)}`,
  );
}

async function serve(): Promise<void> {
  // A terminal interrupts the whole group; the parent decides, and ends this process itself.
  process.on('SIGINT', () => {});
  const { scenario, use } = JSON.parse(await text(process.stdin)) as DigestOrder;
  const soak = resolveScenario(parseScenario(scenario, 'standard input'), 'scenario', await catalogueOf(use));
  process.stdout.write(JSON.stringify(digestsOf(laneOf(soak))));
}

if (process.argv[1] === PATH) await serve();
