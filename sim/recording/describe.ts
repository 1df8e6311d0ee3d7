// Shows a node's state to people and as JSON: Maps, Sets, peers and nested objects, within limits of length.
// Invariant: equal states are shown alike, whichever run, mode or machine they come from; nothing is changed or drafted.
import { PeerId } from '../peer.ts';

/** How much of a state is shown. What is left out is counted, never dropped in silence. */
export interface ShowLimits {
  /** Elements of one collection; default 24. */
  readonly items?: number;
  /** Characters of one string; default 40. */
  readonly characters?: number;
  /** Levels of nesting; default 12. */
  readonly depth?: number;
  /** Characters of a line that short values share; default 110. */
  readonly width?: number;
}

/** A value of JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const DEFAULTS = { items: 24, characters: 40, depth: 12, width: 110 };

/** Everything is shown, but for what lies a hundred levels deep. */
export const UNLIMITED: ShowLimits = { items: Infinity, characters: Infinity, depth: 100 };

/**
 * A value as indented text: peers as `p7`, Maps and objects as `key: value`, lists and Sets in brackets, short ones on
 * one line.
 *
 * @param indent - Put before every line; default nothing.
 * @returns Lines, at least one.
 */
export function describeState(value: unknown, limits: ShowLimits = {}, indent = ''): string[] {
  const settled = { ...DEFAULTS, ...limits };
  return lines(shownOf(value, settled, []), settled.width, indent);
}

/** A value on one line, whatever its length; see {@link describeState}. */
export function describeValue(value: unknown, limits: ShowLimits = {}): string {
  return inline(shownOf(value, { ...DEFAULTS, ...limits }, []));
}

/**
 * A value as JSON: peers as `"p7"`, Maps as objects (as lists of pairs where two keys are shown alike), Sets as lists,
 * what JSON lacks by its printed form, such as `"Infinity"`; absent values are null.
 *
 * @param limits - Default: none but a depth of 100.
 */
export function stateData(value: unknown, limits: ShowLimits = UNLIMITED): Json {
  return data(shownOf(value, { ...DEFAULTS, ...limits }, []));
}

type Shown =
  | { readonly kind: 'leaf'; readonly text: string; readonly data: Json }
  | { readonly kind: 'list'; readonly items: readonly Shown[]; readonly more: number }
  | {
      readonly kind: 'record';
      readonly entries: readonly (readonly [string, Shown])[];
      readonly more: number;
      /** Whether the keys are names of fields, so that their number tells nothing. */
      readonly named: boolean;
    };

type Limits = typeof DEFAULTS;

function shownOf(value: unknown, limits: Limits, above: readonly object[]): Shown {
  if (typeof value !== 'object' || value === null) return scalar(value, limits);
  if (above.includes(value)) return leaf('<cycle>');
  try {
    return objectOf(value, limits, above);
  } catch {
    // Only a Proxy throws when it is looked at.
    return leaf('<proxy>');
  }
}

function objectOf(value: object, limits: Limits, above: readonly object[]): Shown {
  if (value instanceof PeerId) return leaf(String(value));
  const parts = partsOf(value);
  if (parts === undefined)
    return leaf(`<${className(value)}${Object.keys(value).length > 0 ? ', not looked into' : ''}>`);
  if (above.length >= limits.depth) return leaf('<deeper>');
  const path = [...above, value];
  if (parts.kind === 'list') {
    const items = take(parts.items, limits.items).map((item) => shownOf(item, limits, path));
    return { kind: 'list', items, more: parts.size - items.length };
  }
  const entries = take(parts.entries, limits.items).map(
    ([key, item]) => [keyText(key, parts.named, limits), shownOf(item, limits, path)] as const,
  );
  return { kind: 'record', entries, more: parts.size - entries.length, named: parts.named };
}

type Parts =
  | { readonly kind: 'list'; readonly size: number; readonly items: Iterable<unknown> }
  | {
      readonly kind: 'record';
      readonly size: number;
      readonly entries: Iterable<readonly [unknown, unknown]>;
      readonly named: boolean;
    };

/** What a collection or plain object is made of; undefined for an instance of some class, which is not looked into. */
function partsOf(value: object): Parts | undefined {
  if (Array.isArray(value)) return { kind: 'list', size: value.length, items: value as unknown[] };
  if (value instanceof Set) return { kind: 'list', size: value.size, items: value };
  if (value instanceof Map) return { kind: 'record', size: value.size, entries: value, named: false };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = value as Uint8Array;
    return { kind: 'list', size: numbers.length, items: numbers };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const names = Object.keys(value);
  return { kind: 'record', size: names.length, entries: fieldsOf(value, names), named: true };
}

/** Fields in order; what a getter would give is not asked for. */
function* fieldsOf(value: object, names: readonly string[]): Generator<readonly [string, unknown]> {
  for (const name of names) {
    const field = Object.getOwnPropertyDescriptor(value, name);
    if (field !== undefined) yield [name, field.get === undefined ? field.value : GETTER];
  }
}

const GETTER = Symbol('<getter>');

function take<Item>(items: Iterable<Item>, most: number): Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    if (taken.length >= most) break;
    taken.push(item);
  }
  return taken;
}

function scalar(value: unknown, limits: Limits): Shown {
  if (typeof value === 'string') {
    const text = shortened(value, limits);
    return { kind: 'leaf', text: JSON.stringify(text), data: text };
  }
  if (value === undefined) return { kind: 'leaf', text: '-', data: null };
  if (value === null || typeof value === 'boolean') return { kind: 'leaf', text: String(value), data: value };
  if (typeof value === 'number') {
    return { kind: 'leaf', text: String(value), data: Number.isFinite(value) ? value : String(value) };
  }
  if (typeof value === 'function') return leaf('<function>');
  if (value === GETTER) return leaf('<getter>');
  return leaf(String(value));
}

function shortened(text: string, { characters }: Limits): string {
  if (text.length <= characters) return text;
  return `${text.slice(0, characters)}... (${text.length - characters} more characters)`;
}

function keyText(key: unknown, named: boolean, limits: Limits): string {
  if (typeof key !== 'string') return inline(shownOf(key, limits, []));
  return named ? key : shortened(key, limits);
}

function className(value: object): string {
  const { name } = value.constructor as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'object';
}

function leaf(text: string): Shown {
  return { kind: 'leaf', text, data: text };
}

function data(shown: Shown): Json {
  if (shown.kind === 'leaf') return shown.data;
  const more = shown.more > 0 ? [`... ${shown.more} more`] : [];
  if (shown.kind === 'list') return [...shown.items.map(data), ...more];
  const keys = new Set(shown.entries.map(([key]) => key));
  if (keys.size < shown.entries.length) return [...shown.entries.map(([key, item]) => [key, data(item)]), ...more];
  // `fromEntries` defines its keys, so that not even one called __proto__ is lost.
  return Object.fromEntries([
    ...shown.entries.map(([key, item]) => [key, data(item)] as const),
    ...more.map((text) => ['...', text] as const),
  ]);
}

function inline(shown: Shown): string {
  if (shown.kind === 'leaf') return shown.text;
  const more = shown.more > 0 ? [`... ${shown.more} more`] : [];
  if (shown.kind === 'list') return `[${[...shown.items.map(inline), ...more].join(', ')}]`;
  const entries = shown.entries.map(([key, item]) => `${key}: ${inline(item)}`);
  return entries.length === 0 && more.length === 0 ? '{}' : `{ ${[...entries, ...more].join(', ')} }`;
}

function lines(shown: Shown, width: number, indent: string): string[] {
  if (shown.kind === 'leaf') return [indent + shown.text];
  const more = shown.more > 0 ? [`... ${shown.more} more`] : [];
  if (shown.kind === 'record') {
    const written = shown.entries.flatMap(([key, item]) => labelled(`${key}:`, item, width, indent));
    return written.length === 0 ? [`${indent}${inline(shown)}`] : [...written, ...more.map((text) => indent + text)];
  }
  if (shown.items.every(({ kind }) => kind === 'leaf'))
    return filled([...shown.items.map(inline), ...more], width, indent);
  const written = shown.items.flatMap((item) => labelled('-', item, width, indent));
  return [...written, ...more.map((text) => indent + text)];
}

function labelled(label: string, item: Shown, width: number, indent: string): string[] {
  const short = inline(item);
  if (item.kind === 'leaf' || indent.length + label.length + short.length < width)
    return [`${indent}${label} ${short}`];
  const nested = lines(item, width, `${indent}  `);
  if (label === '-') return [`${indent}- ${nested[0]!.slice(indent.length + 2)}`, ...nested.slice(1)];
  return [`${indent}${label}${sizeOf(item)}`, ...nested];
}

function sizeOf(shown: Shown): string {
  if (shown.kind === 'list') return ` (${shown.items.length + shown.more})`;
  return shown.kind === 'leaf' || shown.named ? '' : ` (${shown.entries.length + shown.more})`;
}

/** Words in lines of at most `width` characters, as far as single words fit. */
function filled(words: readonly string[], width: number, indent: string): string[] {
  const written: string[] = [];
  let line = indent;
  for (const [place, word] of words.entries()) {
    const text = place < words.length - 1 ? `${word},` : word;
    if (line.length > indent.length && line.length + 1 + text.length > width) {
      written.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${text}` : text;
  }
  return [...written, line];
}
