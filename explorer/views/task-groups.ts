// The tasks of a node by their path, so that the path that piles up stands first.
// Invariant: counts add up to the number of tasks; the order depends on nothing but the tasks.
import type { NodeView } from '../run/run-view.ts';

/** Tasks of one path. */
export interface TaskGroup {
  readonly path: string;
  readonly count: number;
  readonly oldestUs: number;
  /** What the oldest one waits for. */
  readonly awaits: string;
}

/** The most numerous first. */
export function tasksByPath(tasks: NodeView['tasks']): TaskGroup[] {
  const groups = new Map<string, TaskGroup>();
  for (const { path, ageUs, awaits } of tasks) {
    const known = groups.get(path);
    const isOldest = known === undefined || ageUs > known.oldestUs;
    groups.set(path, {
      path,
      count: (known?.count ?? 0) + 1,
      oldestUs: isOldest ? ageUs : known.oldestUs,
      awaits: isOldest ? awaits : known.awaits,
    });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1));
}
