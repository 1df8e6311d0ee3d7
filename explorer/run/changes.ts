// What is different between two shots of a node.
// Invariant: paths are written as inspections write them; equal shots give no change.
import diff from 'microdiff';
import type { Json } from '../../sim/recording/describe.ts';
import type { NodeShot } from './node-shot.ts';
import type { ChangeView } from './run-view.ts';

/** Changes that are listed of one event. */
const MOST_CHANGES = 200;

/** The places in which the state and the tasks of a node differ. */
export function changesBetween(before: NodeShot | undefined, after: NodeShot | undefined): ChangeView[] {
  const found = diff(shown(before), shown(after), { cyclesFix: false });
  return found.slice(0, MOST_CHANGES).map((change) => ({
    op: change.type === 'CREATE' ? 'added' : change.type === 'REMOVE' ? 'removed' : 'changed',
    path: pathText(change.path),
    old: change.type === 'CREATE' ? undefined : (change.oldValue as Json),
    now: change.type === 'REMOVE' ? undefined : (change.value as Json),
  }));
}

/** Tasks by path and subject, so that one that ends is one change and not that of all after it. */
function shown(shot: NodeShot | undefined): Record<string, unknown> {
  if (shot === undefined) return {};
  const tasks = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { path, subject, awaits } of shot.tasks) {
    const name = `${path}${subject === '' ? '' : ` for ${subject}`}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    tasks.set(count === 1 ? name : `${name} (${count})`, awaits);
  }
  const { state: held } = shot;
  const state = typeof held === 'object' && held !== null && !Array.isArray(held) ? held : { state: held };
  return { ...state, ...(tasks.size === 0 ? {} : { tasks: Object.fromEntries(tasks) }) };
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, place) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${step}]`;
      return place === 0 ? step : `.${step}`;
    })
    .join('');
}
