// Reads the lines of an event log, each into the same record: plain ones from their bytes, others with care.
// Invariant: what a line lacks, has too much or has wrong is told in one clause, which never quotes more than a few words.
import { InputError } from '../../sim/errors.ts';
import { nearest, shown } from '../../sim/input.ts';
import { EVENT_KINDS, FIELD, FIELD_NAMES, LogEvent, MOST_NAME_CHARACTERS, TIME_UNITS_US } from './event.ts';
import type { EventKind, FieldName, ThingId } from './event.ts';
import { fits, PlainLine } from './plain-line.ts';
import { TimeReader } from './time.ts';

/** Most identities that one collection may mention on a line. */
const MOST_PEERS = 1_000_000;
/** Largest count, size or time; beyond it numbers are not exact. */
const MOST = Number.MAX_SAFE_INTEGER;

/** What is wrong with a line, as a clause. */
export class LineMistake extends InputError {
  constructor(code: string, message: string) {
    super(code, message);
  }
}

/** Turns a JSON value into an event; false when the value is none that is asked for. */
export type ValueReader = (value: unknown, event: LogEvent) => boolean;

/** See the file's head. */
export class EventReader {
  readonly event = new LogEvent();
  private readonly times = new TimeReader();
  private readonly plain: PlainLine | undefined;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly toEvent: ValueReader;

  /** @param mapped - Reads the values of a log that is written otherwise; default: each is an event as documented. */
  constructor(mapped?: (times: TimeReader) => ValueReader) {
    this.plain = mapped === undefined ? new PlainLine(this.times) : undefined;
    this.toEvent = mapped?.(this.times) ?? ((value, event) => this.nativeEvent(value, event));
  }

  /**
   * Reads `bytes[start, end)` into {@link event}; false for a line that says nothing of what is asked for.
   *
   * @throws {LineMistake} For a line that cannot be read.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.plain?.read(bytes, start, end, this.event) === true) return true;
    const value = parsedLine(this.text(bytes, start, end));
    this.event.clear();
    return this.toEvent(value, this.event);
  }

  /** The value of a line, for what may be a header. @throws {LineMistake} When it is no JSON. */
  value(bytes: Uint8Array, start: number, end: number): unknown {
    return parsedLine(this.text(bytes, start, end));
  }

  private text(bytes: Uint8Array, start: number, end: number): string {
    try {
      return this.decoder.decode(bytes.subarray(start, end));
    } catch {
      throw new LineMistake('bad-utf8', 'received bytes that are not UTF-8, expected text');
    }
  }

  private nativeEvent(value: unknown, event: LogEvent): boolean {
    const fields = objectOf(value);
    for (const name of Object.keys(fields)) setField(event, name, fields[name], this.times);
    settle(event);
    return true;
  }
}

/**
 * Sets one field from a JSON value.
 *
 * @param name - Of a field as it stands on a line, such as `timeUs`.
 * @throws {LineMistake} `unknown-field` with the nearest known one, `unknown-kind` likewise, `bad-field`.
 */
export function setField(event: LogEvent, name: string, value: unknown, times: TimeReader): void {
  const unitUs = Object.hasOwn(TIME_UNITS_US, name) ? TIME_UNITS_US[name] : undefined;
  if (unitUs === undefined && !Object.hasOwn(FIELD, name)) throw unknown('field', name, FIELD_NAMES);
  event.has |= unitUs === undefined ? FIELD[name as FieldName] : FIELD.time;
  if (unitUs !== undefined) {
    event.timeUs = Math.floor(numberOf(name, value, 'a number') * unitUs);
    if (!Number.isSafeInteger(event.timeUs)) throw bad(name, value, 'a time that can be told to the microsecond');
    return;
  }
  switch (name as FieldName) {
    case 'time':
      event.timeUs = timeOf(value, times);
      return;
    case 'kind':
      event.kind = kindOf(value);
      return;
    case 'id':
      event.id = thingId(value);
      return;
    case 'peers':
      event.peers = peersOf(value);
      return;
    case 'note':
    case 'message':
      if (typeof value !== 'string') throw bad(name, value, 'text');
      if (name === 'message') event.message = value;
      return;
    case 'changed':
    case 'progress':
      if (typeof value !== 'boolean') throw bad(name, value, 'true or false');
      event[name as 'changed'] = value;
      return;
    case 'node':
    case 'site':
    case 'subject':
    case 'reason':
    case 'state':
    case 'what':
    case 'path':
    case 'name':
      event[name as 'node'] = nameOf(name, value);
      return;
    case 'us':
      event.us = numberOf(name, value, 'a number, 0 or more', 0);
      return;
    default:
      event[name as 'size'] = countOf(name, value);
  }
}

/**
 * Refuses an event that lacks what its kind needs, or has what it does not take.
 *
 * @throws {LineMistake} `missing-field`, `needless-field` or `bad-field`.
 */
export function settle(event: LogEvent): void {
  if (fits(event)) return;
  const { kind, has } = event;
  const names = Object.keys(FIELD) as FieldName[];
  if ((has & FIELD.kind) === 0) throw new LineMistake('missing-field', 'received no "kind", expected one');
  const missing = names.find((name) => (FIELD[name] & kind.needs & ~has) !== 0);
  if (missing !== undefined) {
    const expected = missing === 'time' ? `${missing}" (or "${Object.keys(TIME_UNITS_US).join('", "')}` : missing;
    const message = `received no "${expected}"${missing === 'time' ? ')' : ''}, which an event "${kind.name}" needs`;
    throw new LineMistake('missing-field', message);
  }
  const needless = names.find((name) => (FIELD[name] & has & ~kind.takes) !== 0);
  if (needless !== undefined) {
    const taken = names.filter((name) => (FIELD[name] & kind.takes) !== 0);
    const message = `received "${needless}", which an event "${kind.name}" does not take; it takes ${taken.join(', ')}`;
    throw new LineMistake('needless-field', message);
  }
  const field = (['reason', 'state', 'what'] as const).find((name) => (FIELD[name] & has) !== 0) ?? 'reason';
  throw bad(field, event[field], `one of ${kind.choices?.join(', ') ?? ''}`);
}

/** A JSON value as a name. @throws {LineMistake} `bad-field`. */
function nameOf(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > MOST_NAME_CHARACTERS || hasControls(value)) {
    throw bad(field, value, `text of 1 to ${MOST_NAME_CHARACTERS} characters, none of them a control character`);
  }
  return value;
}

/** Numbers and the same as text are one id. */
function thingId(value: unknown): ThingId {
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return value >= 0 && value < 1e15 ? value : String(value);
  const text = nameOf('id', value);
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function timeOf(value: unknown, times: TimeReader): number {
  const timeUs = typeof value === 'string' ? times.read(value) : undefined;
  if (timeUs !== undefined) return timeUs;
  const unit = typeof value === 'number' ? ', or a number as "timeUs", "timeMs", "timeS" or "timeNs"' : '';
  throw bad('time', value, `RFC 3339 text with a zone, such as "2026-11-30T20:41:07.123456Z"${unit}`);
}

function kindOf(value: unknown): EventKind {
  const kind = typeof value === 'string' ? EVENT_KINDS.get(value) : undefined;
  if (kind !== undefined) return kind;
  if (typeof value !== 'string') throw bad('kind', value, 'text');
  throw unknown('kind', value, [...EVENT_KINDS.keys()]);
}

function peersOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_PEERS)
    throw bad('peers', value, `a list of up to ${MOST_PEERS} names`);
  return value.map((peer: unknown) => nameOf('peers', peer));
}

function numberOf(field: string, value: unknown, expected: string, least = -Infinity): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
  throw bad(field, value, expected);
}

function countOf(field: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw bad(field, value, `a whole number between 0 and ${MOST}`);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new LineMistake('bad-line', `received ${shown(value)}, expected an object`);
}

function parsedLine(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const open = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    const what = open ? 'a line that breaks off' : 'what is no JSON';
    throw new LineMistake('bad-json', `received ${what}: ${shown(printable(text))}, expected an object`);
  }
}

function unknown(what: string, received: string, known: readonly string[]): LineMistake {
  const suggestion = nearest(received, known);
  const hint = suggestion === undefined ? `known are ${known.join(', ')}` : `did you mean "${suggestion}"?`;
  return new LineMistake(`unknown-${what}`, `unknown ${what} ${shown(printable(received))}; ${hint}`);
}

function bad(field: string, value: unknown, expected: string): LineMistake {
  return new LineMistake('bad-field', `${field}: received ${shown(value)}, expected ${expected}`);
}

/** Text without control characters: a terminal must not be steered by a log. */
export function printable(text: string): string {
  return text.slice(0, MOST_NAME_CHARACTERS).replaceAll(/\p{Cc}/gu, '\u{FFFD}');
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
