// The census walk over live JavaScript objects, as real packages hold them: peers are named by strings, bytes and objects.
// Invariant: no getter and no Proxy's trap is called, no code of the target runs but what an adapter recognises peers by,
// and nothing marked opaque is entered, so that a walk stays within its node.
import process from 'node:process';
import { types } from 'node:util';
import { opaque } from '../../sim/census/opaque.ts';
import type { PathClasses } from '../../sim/census/path-classes.ts';
import { FIELD_OF_INSTANCE, FIELD_OF_RECORD, Walker } from '../../sim/census/walk.ts';
import { PeerId } from '../../sim/peer.ts';
import { VirtualTimer } from '../virtual-timers.ts';
import type { Identities, Identity } from './identities.ts';

/**
 * What an object stands for: what the peer is called that a class instance of the target means, such as a libp2p PeerId;
 * undefined for any other. Such an object is a mention and is not entered. It is asked for instances of classes, and
 * must change nothing.
 */
export type Recognise = (value: object) => Identity | undefined;

/** Own fields of a plain object above which all of them are taken for keys of a dictionary. */
const MOST_FIELDS_OF_RECORD = 64;

const LEAF = 0;
const RECORD = 1;
const INSTANCE = 2;
const ARRAY = 3;
const MAP = 4;
const SET = 5;
const BUFFER = 6;
const HIDDEN = 7;
/** An armed timer, whose callback is called with what it holds. */
const TIMER = 8;

/** Objects of the platform that are nobody's state. */
const PLATFORM: ReadonlySet<object> = new Set<object>([globalThis, process, console]);

const HIDDEN_PROTOTYPES: readonly object[] = [WeakRef.prototype, FinalizationRegistry.prototype];
// A class that derives from Map or Set may have a `size` of its own.
const sizeOfMap = getterOf(Map.prototype, 'size');
const sizeOfSet = getterOf(Set.prototype, 'size');
const byteLength = getterOf(Object.getPrototypeOf(Uint8Array.prototype) as object, 'byteLength');
const viewLength = getterOf(DataView.prototype, 'byteLength');
const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedLength = getterOf(SharedArrayBuffer.prototype, 'byteLength');

/**
 * Walks live objects. Beyond what a {@link Walker} enters, it reads own fields that are not enumerable or have a symbol
 * for a name (as `@description`), finds peers in strings, dictionary keys and bytes, and looks into armed timers.
 */
export class LiveWalker extends Walker {
  private readonly identities: Identities;
  private readonly recognise: Recognise | undefined;
  private readonly kindsOfPrototypes = new Map<object | null, number>();

  constructor(classes: PathClasses, identities: Identities, recognise?: Recognise) {
    super(classes);
    this.identities = identities;
    this.recognise = recognise;
  }

  protected override meet(value: unknown, classId: number, origin: number, key: unknown): void {
    if (typeof value === 'string') {
      this.identities.forEachIn(value, (peer) => this.mentionIfMeant(peer, classId, origin, key));
      return;
    }
    if (typeof value !== 'object' || value === null || PLATFORM.has(value)) return;
    if (types.isProxy(value)) return this.hide(classId);
    if (Object.getPrototypeOf(value) === PeerId.prototype) {
      return this.mentionIfMeant(value as PeerId, classId, origin, key);
    }
    const named = this.peerMeant(value);
    if (named !== undefined) return this.mentionIfMeant(named, classId, origin, key);
    this.queue(value, classId, origin, key);
  }

  protected override look(value: object, classId: number, place: number): void {
    switch (this.kind(value)) {
      case RECORD:
        return this.enterFieldsOrKeys(value, classId, place);
      case INSTANCE:
        return this.enterNames(value, Reflect.ownKeys(value), classId, place);
      case TIMER:
        return this.meet((value as VirtualTimer).args, this.classes.property(classId, 'args'), place, 'args');
      case ARRAY:
        return this.enterList(value as readonly unknown[], classId, place);
      case MAP:
        return this.enterMap(value as ReadonlyMap<unknown, unknown>, classId, place);
      case SET:
        return this.enterSet(value as ReadonlySet<unknown>, classId, place);
      case BUFFER:
        return this.setSize(this.classes.bytes(classId), sizeOfBuffer(value));
      case HIDDEN:
        return this.hide(classId);
    }
  }

  protected override countOf(value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): number {
    return types.isMap(value) ? sizeOfMap(value) : sizeOfSet(value);
  }

  protected override enterOwnFields(value: object, classId: number, place: number): void {
    this.enterNames(value, Reflect.ownKeys(value), classId, place);
  }

  private mentionIfMeant(peer: PeerId, classId: number, origin: number, key: unknown): void {
    if (this.accept(peer)) this.mention(peer, classId, origin, key);
  }

  private peerMeant(value: object): PeerId | undefined {
    if (types.isUint8Array(value)) return this.identities.peerCalled(value);
    if (this.recognise === undefined || this.kind(value) !== INSTANCE) return undefined;
    const identity = this.recognise(value);
    return identity === undefined ? undefined : this.identities.peerCalled(identity);
  }

  /** A plain object: a record of fields, or a dictionary. */
  private enterFieldsOrKeys(value: object, classId: number, place: number): void {
    const names = Reflect.ownKeys(value);
    if (classId !== 0) this.addSize(classId, names.length);
    const isDictionary = names.length > MOST_FIELDS_OF_RECORD;
    for (const name of names) {
      const content: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
      let isKey = isDictionary;
      if (typeof name === 'string') {
        const keyClass = (): number => this.classes.key(classId);
        this.identities.forEachIn(name, (peer) => {
          isKey = true;
          this.mentionIfMeant(peer, keyClass(), place, name);
        });
        isKey ||= this.classes.knownProperty(classId, name) === undefined && !FIELD_OF_RECORD.test(name);
      }
      this.meetField(content, isKey ? undefined : name, classId, place, name);
    }
  }

  private enterNames(value: object, names: readonly PropertyKey[], classId: number, place: number): void {
    const isError = types.isNativeError(value);
    for (const name of names) {
      // To read the stack of an error is what makes it, by code that the target may have replaced.
      if (isError && name === 'stack') continue;
      const content: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
      const isField = typeof name === 'symbol' || FIELD_OF_INSTANCE.test(String(name));
      this.meetField(content, isField ? name : undefined, classId, place, name);
    }
  }

  /** @param field - Its name, or undefined for a key of a dictionary. */
  private meetField(
    content: unknown,
    field: PropertyKey | undefined,
    classId: number,
    place: number,
    key: PropertyKey,
  ): void {
    if (typeof content !== 'string' && (typeof content !== 'object' || content === null)) return;
    if (typeof content === 'string' && !this.identities.isNamedIn(content)) return;
    const contentClass =
      field === undefined ? this.classes.element(classId) : this.classes.property(classId, nameOf(field));
    this.meet(content, contentClass, place, typeof key === 'symbol' ? nameOf(key) : key);
  }

  /** An element may be an accessor, so none is read as it is. */
  private enterList(value: readonly unknown[], classId: number, place: number): void {
    const { length } = value;
    this.addSize(classId, length);
    const elementClass = this.classes.element(classId);
    for (let i = 0; i < length; i++) {
      const content: unknown = Object.getOwnPropertyDescriptor(value, i)?.value;
      if (content !== undefined) this.meet(content, elementClass, place, i);
    }
    if (Object.getPrototypeOf(value) === Array.prototype) return;
    const names = Reflect.ownKeys(value).filter((name) => typeof name === 'symbol' || !/^(\d+|length)$/.test(name));
    this.enterNames(value, names, classId, place);
  }

  private kind(value: object): number {
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Object.getOwnPropertyDescriptor(value, opaque)?.value === true) return LEAF;
    const brand = kindOfBrand(value);
    if (brand !== undefined) return brand;
    let kind = this.kindsOfPrototypes.get(prototype);
    if (kind === undefined) this.kindsOfPrototypes.set(prototype, (kind = kindOfPrototype(prototype)));
    return kind;
  }
}

/** What an object is by what the engine knows of it, whatever its prototype says. */
function kindOfBrand(value: object): number | undefined {
  if (Array.isArray(value)) return ARRAY;
  if (types.isMap(value)) return isOpaqueClass(value) ? LEAF : MAP;
  if (types.isSet(value)) return isOpaqueClass(value) ? LEAF : SET;
  if (types.isArrayBufferView(value) || types.isAnyArrayBuffer(value)) return BUFFER;
  if (types.isModuleNamespaceObject(value)) return LEAF;
  const isUnseen =
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isExternal(value);
  return isUnseen ? HIDDEN : undefined;
}

function isOpaqueClass(value: object): boolean {
  return kindOfPrototype(Object.getPrototypeOf(value) as object | null) === LEAF;
}

function kindOfPrototype(prototype: object | null): number {
  if (prototype === null || prototype === Object.prototype) return RECORD;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    // A Proxy in the chain is not asked; what the object itself has is read all the same.
    if (types.isProxy(at)) break;
    if (Object.hasOwn(at, opaque)) return LEAF;
    if (at === VirtualTimer.prototype) return TIMER;
    if (HIDDEN_PROTOTYPES.includes(at)) return HIDDEN;
  }
  return INSTANCE;
}

function sizeOfBuffer(value: object): number {
  if (types.isTypedArray(value)) return byteLength(value);
  if (types.isDataView(value)) return viewLength(value);
  return types.isSharedArrayBuffer(value) ? sharedLength(value) : bufferLength(value);
}

/** A name as a step of a path. */
function nameOf(name: PropertyKey): string {
  if (typeof name !== 'symbol') return String(name);
  return `@${(name.description ?? '').replaceAll(/[^\w$-]+/g, '_')}`;
}

function getterOf(prototype: object, name: string): (value: object) => number {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its receiver
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
  return (value) => Reflect.apply(get!, value, []) as number;
}
