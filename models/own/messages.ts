// Messages and timers between the moment they are sent and the moment they arrive.
// Invariant: what was sent cannot change on its way: a handler that tries to, or that changes a part of its state which
// it has sent, is told so at that place; a recorded step sends copies, so that both modes send the same.
import { current, freeze, isDraft } from 'immer';
import { classOfKind } from '../payload-class.ts';
import { PeerId } from '../../sim/peer.ts';

/** A message on its way without a link: says who sent it. */
export class Datagram {
  readonly from: PeerId;
  readonly message: unknown;

  constructor(from: PeerId, message: unknown) {
    this.from = from;
    this.message = message;
  }
}

/**
 * A message or timer as it travels: frozen, with all that it holds. Peers and instances of classes are left alone.
 *
 * @param recording - Whether it may hold drafts of a state.
 */
export function sealed<Payload>(payload: Payload, recording: boolean): Payload {
  if (typeof payload !== 'object' || payload === null) return payload;
  const sent = recording ? (withoutDrafts(payload) as Payload) : payload;
  freezeAll(sent);
  return sent;
}

/** immer's own handles all of it, and takes three times as long for a list of twenty. */
function freezeAll(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (Array.isArray(value)) {
    Object.freeze(value);
    for (const item of value) freezeAll(item);
  } else if (value instanceof Map || value instanceof Set) freeze(value, true);
  else if (isPlain(value)) {
    Object.freeze(value);
    for (const name of Object.keys(value)) freezeAll((value as Record<string, unknown>)[name]);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The class of a message or timer in a census: its kind, or itself, as one word of a path. */
export function payloadClass(payload: unknown): string {
  const item = payload instanceof Datagram ? payload.message : payload;
  const kind = typeof item === 'object' && item !== null ? (item as { kind?: unknown }).kind : item;
  const word = typeof kind === 'string' ? classOfKind(kind).replaceAll(/[^\w$-]+/g, '_') : '';
  return word === '' ? 'untagged' : word;
}

/** Bytes that a message of this content would take on the wire, roughly: a fixed head and what its values need. */
export function estimatedBytes(message: unknown): number {
  return HEAD_BYTES + contentBytes(message, 0);
}

const HEAD_BYTES = 16;
const VALUE_BYTES = 8;
/** What lies deeper, as in a message that holds itself, counts as one value. */
const MOST_LEVELS = 16;

function contentBytes(value: unknown, level: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || value instanceof PeerId || level === MOST_LEVELS)
    return VALUE_BYTES;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 0;
  const add = (item: unknown): void => {
    bytes += contentBytes(item, level + 1);
  };
  if (value instanceof Map) {
    for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
      add(key);
      add(item);
    }
  } else if (value instanceof Set || Array.isArray(value)) {
    for (const item of value as Iterable<unknown>) add(item);
  } else for (const item of Object.values(value)) add(item);
  return bytes;
}

/** The same value with the state of the moment in place of drafts; parts without drafts are kept as they are. */
function withoutDrafts(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof PeerId) return value;
  if (isDraft(value)) return current(value);
  if (Array.isArray(value)) return mapped(value, value.map(withoutDrafts));
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)].flat(1);
    const kept = entries.map(withoutDrafts);
    if (kept.every((item, place) => item === entries[place])) return value;
    return new Map(Array.from({ length: value.size }, (_, i) => [kept[2 * i], kept[2 * i + 1]] as const));
  }
  if (value instanceof Set) {
    const kept = [...(value as ReadonlySet<unknown>)].map(withoutDrafts);
    return kept.every((item) => value.has(item)) ? value : new Set(kept);
  }
  if (!isPlain(value)) return value;
  const entries = Object.entries(value);
  const kept = entries.map(([name, item]) => [name, withoutDrafts(item)] as const);
  return kept.every(([, item], place) => item === entries[place]![1]) ? value : Object.fromEntries(kept);
}

function mapped(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, place) => item === before[place]) ? before : after;
}
