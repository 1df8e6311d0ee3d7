// What one event changed in a state, as lines of `path: old -> new`.
// Invariant: patches are shown and never applied; the old and new values come from the snapshots before and after.
import { describeValue, stateData } from './describe.ts';
import type { Json, ShowLimits } from './describe.ts';
import type { Patch } from './step.ts';

/** One changed place. */
export interface Change {
  /** Such as `hyparview.peerData[p7]`. */
  readonly path: string;
  /** What was there; undefined when nothing was. */
  readonly old: unknown;
  /** What is there now; undefined when nothing is. */
  readonly new: unknown;
  readonly op: Patch['op'];
}

/** Longest array that is shown whole, before and after, in place of its elements one by one. */
const WHOLE_ARRAY = 16;

/**
 * The places that patches speak of, in their order. An array of at most 16 elements counts as one place, as removing an
 * element moves the ones after it.
 *
 * @param before - The snapshot that the patches start from.
 * @param after - The snapshot that they lead to.
 */
export function changesOf(before: unknown, after: unknown, patches: readonly Patch[]): Change[] {
  const changes: Change[] = [];
  const whole = new Set<string>();
  for (const { op, path, value } of patches) {
    const above = path.slice(0, -1);
    const parents = [valueAt(before, above), valueAt(after, above)];
    const parentPath = pathText(before, above);
    if (parents.every((parent) => Array.isArray(parent) && parent.length <= WHOLE_ARRAY)) {
      if (whole.has(parentPath)) continue;
      whole.add(parentPath);
      changes.push({ path: parentPath, old: parents[0], new: parents[1], op: 'replace' });
    } else if (parents[0] instanceof Set) {
      // The place of an element of a Set means nothing: the element itself does.
      changes.push({
        path: parentPath,
        op,
        old: op === 'remove' ? value : undefined,
        new: op === 'add' ? value : undefined,
      });
    } else {
      changes.push({
        path: pathText(before, path),
        op,
        old: valueAt(before, path),
        new: op === 'remove' ? undefined : value,
      });
    }
  }
  return changes;
}

/** Changes as lines, such as `active: [p1] -> [p1, p7]`, `peerData[p7]: added "addr"` and `joinTimer: 12 -> -1`. */
export function describeChanges(changes: readonly Change[], limits: ShowLimits = {}): string[] {
  return changes.map((change) => {
    const [old, now] = [describeValue(change.old, limits), describeValue(change.new, limits)];
    if (change.op === 'add') return `${change.path}: added ${now}`;
    return change.op === 'remove' ? `${change.path}: removed ${old}` : `${change.path}: ${old} -> ${now}`;
  });
}

/** Changes as JSON. */
export function changesData(changes: readonly Change[], limits?: ShowLimits): Json {
  return changes.map((change) => ({
    path: change.path,
    op: change.op,
    old: stateData(change.old, limits),
    new: stateData(change.new, limits),
  }));
}

/** What a state holds at a path of property names, indices and Map keys; undefined when the path leads nowhere. */
export function valueAt(state: unknown, path: readonly unknown[]): unknown {
  return path.reduce(stepInto, state);
}

/** A path as people write it; `state` tells Map keys from property names. */
export function pathText(state: unknown, path: readonly unknown[]): string {
  let text = '';
  let here = state;
  for (const key of path) {
    const isName = typeof key === 'string' && !(here instanceof Map) && /^[A-Za-z_$][\w$-]*$/.test(key);
    if (isName) text += text === '' ? key : `.${key}`;
    else text += `[${describeValue(key)}]`;
    here = stepInto(here, key);
  }
  return text === '' ? '(all)' : text;
}

function stepInto(here: unknown, key: unknown): unknown {
  if (here instanceof Map) return here.get(key) as unknown;
  if (typeof here !== 'object' || here === null || (typeof key !== 'string' && typeof key !== 'number'))
    return undefined;
  return Object.hasOwn(here, key) ? (here as Record<string | number, unknown>)[key] : undefined;
}
