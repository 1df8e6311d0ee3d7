// A process of its own that runs one scenario and says its digests, and the call that starts it.
// Invariant: it is given the scenario and nothing else, so that what it shares with its parent is code alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { digestsOf, laneOf } from '../properties/soak/compare.ts';
import type { RunDigests } from '../properties/soak/compare.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';

/** A run that goes on in a process of its own. */
export interface DigestProcess {
  /** Fails when the process ends without a result. */
  readonly digests: Promise<RunDigests>;
  /** Ends it. */
  stop(): void;
}

const PATH = fileURLToPath(import.meta.url);

/** Starts a process that runs `scenario`. */
export function startDigestProcess(scenario: Scenario): DigestProcess {
  const child = spawn(process.execPath, [...process.execArgv, PATH], { stdio: ['pipe', 'pipe', 'pipe'] });
  const digests = resultOf(child);
  // Whoever stops it does not wait for its result.
  digests.catch(() => {});
  // A child that ends early closes its input; why it ended is told by its result.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(scenario));
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
  const scenario = parseScenario(JSON.parse(await text(process.stdin)), 'standard input');
  process.stdout.write(JSON.stringify(digestsOf(laneOf(resolveScenario(scenario)))));
}

if (process.argv[1] === PATH) await serve();
