// A breadth-first walk over the state a node exposes: the size of every collection and every mention of a peer.
// Invariant: each object is entered once, no getter is called, and a peer or an opaque object is never entered.
import { InputError } from '../errors.ts';
import { PeerId } from '../peer.ts';
import { opaque } from './opaque.ts';
import { ELEMENT, KEY, ROOT_CLASS, type PathClasses } from './path-classes.ts';

/** Something to walk from, such as the payload of a pending message. It counts as one element of its collection. */
export interface WalkSeed {
  /** The path class of the collection that it is an element of. */
  readonly classId: number;
  readonly value: unknown;
}

/** Every mention of one peer in one path class of one node. */
export interface Mention {
  readonly peer: PeerId;
  readonly classId: number;
  /** How often; 1 or more. */
  count: number;
  /** Place in the walk of what holds the first mention, and how it holds it. */
  readonly origin: number;
  readonly key: unknown;
  /** The same peer's mention in another class. */
  readonly next: Mention | undefined;
}

/**
 * Most elements (the fields of plain objects included) and most objects in the state of one node. A state beyond them is
 * refused: a census of it would take minutes and gigabytes, or never end, as for a Proxy that makes more of itself.
 */
export const MOST_ELEMENTS = 20_000_000;
export const MOST_OBJECTS = 2_000_000;

/** What a walk over one node's state has found, or what was told of it: the reading side of a {@link Walker}. */
export type Walked = Pick<
  Walker,
  'classes' | 'mentions' | 'sizedClasses' | 'hidden' | 'sizeOf' | 'largestOf' | 'mentionsOf' | 'examplePath'
>;

const RECORD = 0;
const INSTANCE = 1;
const ARRAY = 2;
const MAP = 3;
const SET = 4;
const BUFFER = 5;
const LEAF = 6;
/** Holds what no walk can see. */
const HIDDEN = 7;

/** A plain object's key that may stand for a field; all others are taken for keys of a dictionary. */
export const FIELD_OF_RECORD = /^[A-Za-z_$]+$/;
export const FIELD_OF_INSTANCE = /^[A-Za-z_$][\w$]*$/;
const TOO_LARGE = 'state-too-large';
const NO_ORIGIN = -1;
const MAX_SHOWN_STEPS = 24;
const MAX_SHOWN_KEY = 40;

const GENERATOR = (Object.getPrototypeOf(function* () {}) as { prototype: object }).prototype;
const ASYNC_GENERATOR = (Object.getPrototypeOf(async function* () {}) as { prototype: object }).prototype;
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;

/**
 * Walks one node's state after another. What it found stays readable until the next {@link walk}.
 *
 * Entered are Maps, Sets, arrays, plain objects and class instances with their own enumerable data properties (string
 * keys; accessors are passed over; the elements of an array are read as they are). Leaves are peers, primitives, functions and objects marked
 * {@link opaque}. What it cannot look into (weak collections, promises, generators, Proxies that refuse) it counts as
 * not inspected.
 */
export class Walker {
  readonly classes: PathClasses;
  /** Mentions of accepted peers, nearest first; one per peer and path class. */
  readonly mentions: Mention[] = [];
  /** The classes in which a collection was met, in the order met. */
  readonly sizedClasses: number[] = [];
  /** How many objects could not be looked into, by class. */
  readonly hidden = new Map<number, number>();

  protected accept: (peer: PeerId) => boolean = () => false;
  private readonly heads = new Map<PeerId, Mention>();
  private readonly kinds = new Map<object, number>();
  private visited = new Set<object>();
  // The walk's queue as columns; entries stay until the next walk, for example paths.
  private objects: object[] = [];
  private objectClasses: number[] = [];
  private origins: number[] = [];
  private keys: unknown[] = [];
  private readonly sums: number[] = [];
  private readonly peaks: number[] = [];
  private readonly stamps: number[] = [];
  private stamp = 0;
  private elements = 0;
  private readonly most: { readonly elements: number; readonly objects: number };
  private owner = '';

  /**
   * @param classes - Interns the path classes; the same for all walks whose results are compared.
   * @param most - How much one state may hold.
   */
  constructor(classes: PathClasses, most = { elements: MOST_ELEMENTS, objects: MOST_OBJECTS }) {
    this.classes = classes;
    this.most = most;
  }

  /**
   * Walks `roots` and `seeds`, and records the mentions of each peer that `accept` returns true for. It is asked once
   * per mention.
   *
   * @param owner - Whose state it is, for an error; default `a node`.
   * @throws {InputError} `state-too-large` for more elements or objects than the walker takes.
   */
  walk(
    roots: Readonly<Record<string, unknown>>,
    seeds: Iterable<WalkSeed>,
    accept: (peer: PeerId) => boolean,
    owner = 'a node',
  ): void {
    this.reset();
    this.owner = owner;
    this.accept = accept;
    this.meet(roots, ROOT_CLASS, NO_ORIGIN, undefined);
    for (const { classId, value } of seeds) {
      this.addSize(classId, 1);
      const size = this.sums[classId] ?? 1;
      this.peaks[classId] = size;
      this.meet(value, this.classes.element(classId), NO_ORIGIN, size - 1);
    }
    for (let place = 0; place < this.objects.length; place++) this.enter(place);
  }

  /** Lets go of everything the last walk saw. */
  reset(): void {
    this.mentions.length = 0;
    this.sizedClasses.length = 0;
    this.hidden.clear();
    this.heads.clear();
    this.visited = new Set();
    this.objects = [];
    this.objectClasses = [];
    this.origins = [];
    this.keys = [];
    this.elements = 0;
    this.stamp++;
  }

  /** Elements (bytes for a `(bytes)` class) over all collections of this class; undefined when none was met. */
  sizeOf(classId: number): number | undefined {
    return this.stamps[classId] === this.stamp ? this.sums[classId] : undefined;
  }

  /** Elements of the largest single collection of this class; undefined when none was met. */
  largestOf(classId: number): number | undefined {
    return this.stamps[classId] === this.stamp ? this.peaks[classId] : undefined;
  }

  /** The mentions of one peer, linked by `next`. */
  mentionsOf(peer: PeerId): Mention | undefined {
    return this.heads.get(peer);
  }

  /** A shortest concrete path to a mention, such as `topics["chat"].peerData[key p7]`; long ones are cut in the middle. */
  examplePath(mention: Mention): string {
    const steps = [this.step(mention.classId, mention.key)];
    let top = mention.classId;
    for (let at = mention.origin; at !== NO_ORIGIN && this.objectClasses[at] !== ROOT_CLASS; at = this.origins[at]!) {
      top = this.objectClasses[at]!;
      steps.push(this.step(top, this.keys[at]));
    }
    // A path from a seed starts inside a class that has no object of its own.
    const start = this.classes.path(this.classes.parent(top));
    steps.reverse();
    if (steps.length > MAX_SHOWN_STEPS) {
      steps.splice(MAX_SHOWN_STEPS / 2, steps.length - MAX_SHOWN_STEPS, '.…');
    }
    const path = start + steps.join('');
    return path.startsWith('.') ? path.slice(1) : path;
  }

  private step(classId: number, key: unknown): string {
    const segment = this.classes.segment(classId);
    if (segment === KEY) return `[key ${shortKey(key)}]`;
    return segment === ELEMENT ? `[${shortKey(key)}]` : `.${String(key)}`;
  }

  /** Something is held: a mention, or one more object to enter. */
  protected meet(value: unknown, classId: number, origin: number, key: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    try {
      if (value instanceof PeerId) {
        if (this.accept(value)) this.mention(value, classId, origin, key);
        return;
      }
    } catch {
      // Only a Proxy's trap throws here.
      this.hide(classId);
      return;
    }
    this.queue(value, classId, origin, key);
  }

  /** Enters an object later, once. */
  protected queue(value: object, classId: number, origin: number, key: unknown): void {
    const seen = this.visited.size;
    if (this.visited.add(value).size === seen) return;
    if (seen >= this.most.objects) this.refuse(this.most.objects, 'objects', classId);
    this.objects.push(value);
    this.objectClasses.push(classId);
    this.origins.push(origin);
    this.keys.push(key);
  }

  protected mention(peer: PeerId, classId: number, origin: number, key: unknown): void {
    const head = this.heads.get(peer);
    for (let known = head; known !== undefined; known = known.next) {
      if (known.classId !== classId) continue;
      known.count++;
      return;
    }
    const mention: Mention = { peer, classId, count: 1, origin, key, next: head };
    this.heads.set(peer, mention);
    this.mentions.push(mention);
  }

  private enter(place: number): void {
    const classId = this.objectClasses[place]!;
    try {
      this.look(this.objects[place]!, classId, place);
    } catch (error) {
      if (error instanceof InputError && error.code === TOO_LARGE) throw error;
      // A Proxy's trap threw, or a Proxy stands before a Map or Set; the census reports the class as not inspected.
      this.hide(classId);
    }
  }

  /** Looks into one object, at its place in the walk. */
  protected look(value: object, classId: number, place: number): void {
    switch (this.kindOf(value)) {
      case RECORD:
        return this.enterRecord(value, classId, place);
      case INSTANCE:
        return this.enterFields(value, Object.keys(value), FIELD_OF_INSTANCE, classId, place);
      case ARRAY:
        return this.enterArray(value as readonly unknown[], classId, place);
      case MAP:
        return this.enterMap(value as ReadonlyMap<unknown, unknown>, classId, place);
      case SET:
        return this.enterSet(value as ReadonlySet<unknown>, classId, place);
      case BUFFER:
        return this.setSize(this.classes.bytes(classId), (value as ArrayBuffer).byteLength);
      case HIDDEN:
        return this.hide(classId);
    }
  }

  private enterRecord(value: object, classId: number, place: number): void {
    const names = Object.keys(value);
    if (classId !== ROOT_CLASS) this.addSize(classId, names.length);
    this.enterFields(value, names, FIELD_OF_RECORD, classId, place);
  }

  private enterFields(value: object, names: string[], field: RegExp, classId: number, place: number): void {
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const content: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
      if (typeof content !== 'object' || content === null) continue;
      let contentClass = this.classes.knownProperty(classId, name);
      if (contentClass === undefined) {
        contentClass = field.test(name) ? this.classes.property(classId, name) : this.classes.element(classId);
      }
      this.meet(content, contentClass, place, name);
    }
  }

  private enterArray(value: readonly unknown[], classId: number, place: number): void {
    this.addSize(classId, value.length);
    const elementClass = this.classes.element(classId);
    for (let i = 0; i < value.length; i++) this.meet(value[i], elementClass, place, i);
  }

  protected enterMap(value: ReadonlyMap<unknown, unknown>, classId: number, place: number): void {
    const entries = mapEntries.call(value);
    this.addSize(classId, this.countOf(value));
    const elementClass = this.classes.element(classId);
    const keyClass = this.classes.key(classId);
    for (const [key, content] of entries) {
      this.meet(key, keyClass, place, key);
      this.meet(content, elementClass, place, key);
    }
    this.enterOwnFields(value, classId, place);
  }

  protected enterSet(value: ReadonlySet<unknown>, classId: number, place: number): void {
    const elements = setValues.call(value);
    this.addSize(classId, this.countOf(value));
    const elementClass = this.classes.element(classId);
    let i = 0;
    for (const element of elements) this.meet(element, elementClass, place, i++);
    this.enterOwnFields(value, classId, place);
  }

  /** How many elements it has: a model's own class may stand for more than it holds. */
  protected countOf(value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): number {
    return value.size;
  }

  /** The fields of a class that derives from Map or Set. */
  protected enterOwnFields(value: object, classId: number, place: number): void {
    const names = Object.keys(value);
    if (names.length > 0) this.enterFields(value, names, FIELD_OF_INSTANCE, classId, place);
  }

  private refuse(most: number, what: string, classId: number): never {
    const path = this.classes.path(classId);
    const place = path === '' ? '' : `, those that go beyond at ${path}`;
    const message = `the state of ${this.owner} holds more than ${most} ${what}${place}; expected no more, as a census walks through all of them`;
    throw new InputError(TOO_LARGE, message, { owner: this.owner, path, most, what });
  }

  protected addSize(classId: number, size: number): void {
    this.elements += size;
    if (this.elements > this.most.elements) this.refuse(this.most.elements, 'elements', classId);
    this.setSize(classId, size);
  }

  protected setSize(classId: number, size: number): void {
    if (this.stamps[classId] !== this.stamp) {
      this.stamps[classId] = this.stamp;
      this.sums[classId] = size;
      this.peaks[classId] = size;
      this.sizedClasses.push(classId);
      return;
    }
    this.sums[classId] = this.sums[classId]! + size;
    if (size > this.peaks[classId]!) this.peaks[classId] = size;
  }

  protected hide(classId: number): void {
    this.hidden.set(classId, (this.hidden.get(classId) ?? 0) + 1);
  }

  private kindOf(value: object): number {
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype || prototype === null) return RECORD;
    let kind = this.kinds.get(prototype);
    if (kind === undefined) {
      kind = (prototype as { [opaque]?: unknown })[opaque] ? LEAF : classify(value);
      this.kinds.set(prototype, kind);
    }
    // A field of that name marks one instance.
    return kind === INSTANCE && (value as { [opaque]?: unknown })[opaque] ? LEAF : kind;
  }
}

function classify(value: object): number {
  if (Array.isArray(value)) return ARRAY;
  if (value instanceof Map) return MAP;
  if (value instanceof Set) return SET;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return BUFFER;
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return HIDDEN;
  if (value instanceof Promise || GENERATOR.isPrototypeOf(value) || ASYNC_GENERATOR.isPrototypeOf(value)) return HIDDEN;
  return INSTANCE;
}

function shortKey(key: unknown): string {
  if (key instanceof PeerId) return key.toString();
  if (typeof key === 'object' && key !== null) return 'object';
  if (typeof key !== 'string') return typeof key === 'function' ? 'function' : String(key);
  return JSON.stringify(key.length > MAX_SHOWN_KEY ? `${key.slice(0, MAX_SHOWN_KEY)}…` : key);
}
