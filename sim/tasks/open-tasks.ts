// The tasks of a node that have not ended, for reports.
// Invariant: a list taken changes nothing and holds no task.
import type { PeerId } from '../peer.ts';
import type { Executor } from './executor.ts';

/** A task that runs. */
export interface OpenTask {
  readonly site: string;
  /** Sites from the outermost spawner to this task, `/`-joined. */
  readonly path: string;
  readonly subject: PeerId | undefined;
  /** Virtual time of its spawn and since then, in microseconds. */
  readonly bornUs: number;
  readonly ageUs: number;
  /** Is polled next, is held back because it spins, or waits to be woken. */
  readonly standing: 'ready' | 'held' | 'parked';
  /** What it awaits, in words, such as `select of { closed, message: receive gossip.inbox }`. */
  readonly awaits: string;
}

/** The tasks of a node that have not ended, in spawn order. */
export function openTasks(executor: Executor): OpenTask[] {
  const { nowUs } = executor.host.simulation;
  const open: OpenTask[] = [];
  for (const { site, path, subject, bornUs, standing, awaits } of executor.tasks) {
    if (standing !== 'ended') open.push({ site, path, subject, bornUs, ageUs: nowUs - bornUs, standing, awaits });
  }
  return open;
}
