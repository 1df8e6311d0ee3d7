// Path classes: paths through a node's state with the elements of collections generalised, as `topics[*].peers[key]`.
// Invariant: one integer per class, parents before children, and finitely many classes for recursive structures.
import { InputError } from '../errors.ts';

/** One step of a path class: a property name, `[*]`, `[key]` or `(bytes)`. */
export type Segment = string;

/** Step from a collection to its elements or values. */
export const ELEMENT: Segment = '[*]';
/** Step from a Map to its keys. */
export const KEY: Segment = '[key]';
/** Step from a typed array or array buffer to its size in bytes. */
export const BYTES: Segment = '(bytes)';
/** The class of the root record; its path is the empty string. */
export const ROOT_CLASS = 0;

/** Elements directly within elements that get classes of their own; deeper ones share the deepest. */
const MAX_NESTED_ELEMENTS = 8;
/** Occurrences of one property name on a path: a list's tenth `next` has the class of its third, `next.next.next`. */
const MAX_REPEATED_NAMES = 3;

/** Interns path classes as integers in a tree, so that a walk builds no strings. Give one to all censuses of a run. */
export class PathClasses {
  private readonly parents: number[] = [ROOT_CLASS];
  private readonly segments: Segment[] = [''];
  private readonly properties: (Map<string, number> | undefined)[] = [undefined];
  private readonly elements: number[] = [ROOT_CLASS];
  private readonly keys: number[] = [ROOT_CLASS];
  private readonly byteSizes: number[] = [ROOT_CLASS];
  private readonly paths: (string | undefined)[] = [''];
  private readonly interned = new Map<string, number>();

  /** Classes so far, the root included; ids run from 0 to this number (excluded). */
  get count(): number {
    return this.parents.length;
  }

  /** The class of property `name`, or undefined when it has none yet. */
  knownProperty(parent: number, name: string): number | undefined {
    return this.properties[parent]?.get(name);
  }

  /** The class of property `name`, which must not hold any of `.[]()`. */
  property(parent: number, name: string): number {
    const known = this.properties[parent]?.get(name);
    if (known !== undefined) return known;
    const id = this.repeated(parent, name) ?? this.add(parent, name);
    const siblings = this.properties[parent];
    if (siblings === undefined) this.properties[parent] = new Map([[name, id]]);
    else siblings.set(name, id);
    return id;
  }

  /** The class of the elements of an array or Set, the values of a Map, or the generalised keys of a plain object. */
  element(parent: number): number {
    return this.elements[parent] || (this.elements[parent] = this.nested(parent, ELEMENT) ?? this.add(parent, ELEMENT));
  }

  /** The class of the keys of a Map. */
  key(parent: number): number {
    return this.keys[parent] || (this.keys[parent] = this.nested(parent, KEY) ?? this.add(parent, KEY));
  }

  /** The class that carries the size in bytes of a buffer. */
  bytes(parent: number): number {
    return this.byteSizes[parent] || (this.byteSizes[parent] = this.add(parent, BYTES));
  }

  /** The class that `path` names. @throws {InputError} `bad-path-class` when it does not read as one. */
  intern(path: string): number {
    let id = this.interned.get(path);
    if (id === undefined) {
      id = ROOT_CLASS;
      for (const segment of segmentsOf(path)) {
        if (segment === ELEMENT) id = this.element(id);
        else if (segment === KEY) id = this.key(id);
        else if (segment === BYTES) id = this.bytes(id);
        else id = this.property(id, segment);
      }
      this.interned.set(path, id);
    }
    return id;
  }

  /** The written form of a class, such as `topics[*].hyparview.peerData[key]`. */
  path(id: number): string {
    let path = this.paths[id];
    if (path === undefined) {
      path = appendSegment(this.path(this.parent(id)), this.segment(id));
      this.paths[id] = path;
    }
    return path;
  }

  /** The class one step above; the root's is the root. */
  parent(id: number): number {
    return this.parents[id] ?? ROOT_CLASS;
  }

  /** The last step of a class; the root's is empty. */
  segment(id: number): Segment {
    return this.segments[id] ?? '';
  }

  /** The classes from below the root down to `id`, `id` included. */
  lineage(id: number): number[] {
    const ids: number[] = [];
    for (let at = id; at !== ROOT_CLASS; at = this.parent(at)) ids.push(at);
    return ids.reverse();
  }

  private add(parent: number, segment: Segment): number {
    const id = this.parents.length;
    this.parents.push(parent);
    this.segments.push(segment);
    this.properties.push(undefined);
    this.elements.push(ROOT_CLASS);
    this.keys.push(ROOT_CLASS);
    this.byteSizes.push(ROOT_CLASS);
    this.paths.push(undefined);
    return id;
  }

  private repeated(parent: number, name: string): number | undefined {
    let nearest: number | undefined;
    let count = 0;
    for (let at = parent; at !== ROOT_CLASS; at = this.parent(at)) {
      if (this.segment(at) !== name) continue;
      nearest ??= at;
      if (++count === MAX_REPEATED_NAMES) return nearest;
    }
    return undefined;
  }

  private nested(parent: number, segment: Segment): number | undefined {
    let nearest: number | undefined;
    let depth = 0;
    for (let at = parent; this.segment(at) === ELEMENT || this.segment(at) === KEY; at = this.parent(at)) {
      if (this.segment(at) === segment) nearest ??= at;
      depth++;
    }
    return depth >= MAX_NESTED_ELEMENTS ? nearest : undefined;
  }
}

/** `path` with one more step. */
export function appendSegment(path: string, segment: Segment): string {
  return path === '' || segment.startsWith('[') || segment === BYTES ? path + segment : `${path}.${segment}`;
}

const STEP = /\[\*\]|\[key\]|\(bytes\)|(?:^|(?!^)\.)([^.[\]()\s]+)/gy;

/**
 * Takes a written path class apart. A property step may be `*`, which only declarations give a meaning to.
 *
 * @throws {InputError} `bad-path-class` when it is empty or does not read as a path class.
 */
export function segmentsOf(path: string): Segment[] {
  const segments: Segment[] = [];
  let read = 0;
  for (const match of path.matchAll(STEP)) {
    segments.push(match[1] ?? match[0]);
    read = match.index + match[0].length;
  }
  if (segments.length === 0 || read !== path.length) {
    throw new InputError(
      'bad-path-class',
      `received path class ${JSON.stringify(path)}, expected names joined with '.', and [*], [key] or (bytes) after them, such as 'topics[*].peers[key]'`,
      { path, position: read },
    );
  }
  return segments;
}
