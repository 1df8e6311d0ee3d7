// The quick way to read a line: straight from its bytes, when it is written as most programs write one.
// Invariant: it says yes only to lines that the careful way (`event-reader.ts`) reads into an equal event; to all others,
// right or wrong, it says no.
import { EVENT_KINDS, FIELD, FIELD_NAMES, MOST_NAME_CHARACTERS, TIME_UNITS_US } from './event.ts';
import type { EventKind, LogEvent, ThingId } from './event.ts';
import { TextTable } from './text-table.ts';
import { MINUTE_CHARACTERS } from './time.ts';
import type { TimeReader } from './time.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const FIRST_BEYOND_ASCII = 0x7f;

const UTC = 0x5a;
const POINT = 0x2e;
/** `2026-11-30T20:41:` */
const MINUTE_BYTES = MINUTE_CHARACTERS + 1;
/** With twelve digits of a second. */
const MOST_TIME_BYTES = 33;

/** Most digits of a whole number that is summed up digit by digit, exactly. */
const MOST_DIGITS = 15;

const UNITS: readonly (readonly [name: string, us: number])[] = Object.entries(TIME_UNITS_US);
/** Fields of text, by the order of {@link FIELD_NAMES}, whose values come again and again. */
const CODE = Object.fromEntries(FIELD_NAMES.map((name, code) => [name, code])) as Readonly<Record<string, number>>;
const KINDS = [...EVENT_KINDS.values()];
/** Numbers of texts below it are those of fields; then come kinds. */
const FIRST_KIND = FIELD_NAMES.length;

/** Reads plain lines of one log. */
export class PlainLine {
  private readonly texts: TextTable;
  private readonly kindOf = new Map<number, EventKind>();
  private readonly times: TimeReader;
  /** The minute of the last time, up to and with the colon behind it. */
  private readonly minute = new Uint8Array(MINUTE_BYTES);
  private minuteUs = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  constructor(times: TimeReader) {
    this.times = times;
    this.texts = new TextTable([...FIELD_NAMES, ...KINDS.map(({ name }) => name)]);
    const encoder = new TextEncoder();
    for (const one of KINDS) {
      const bytes = encoder.encode(one.name);
      this.kindOf.set(this.texts.numberOf(bytes, 0, bytes.length), one);
    }
  }

  /** Reads `bytes[start, end)`; false when it is not plain, and then `event` holds nothing of worth. */
  read(bytes: Uint8Array, start: number, end: number, event: LogEvent): boolean {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    event.clear();
    if (bytes[this.at++] !== OPEN) return false;
    for (;;) {
      if (bytes[this.at] !== QUOTE) return false;
      const key = this.textNumber();
      if (key < 0 || key >= FIRST_KIND || bytes[this.at] !== COLON) return false;
      this.pass();
      if (!this.value(key, event)) return false;
      const next = bytes[this.at];
      this.pass();
      if (next === COMMA) continue;
      return next === CLOSE && this.at === end && fits(event);
    }
  }

  /** Passes a sign, and the spaces that some programs put behind it. */
  private pass(): void {
    do this.at++;
    while (this.bytes[this.at] === SPACE && this.at < this.end);
  }

  private value(key: number, event: LogEvent): boolean {
    const name = FIELD_NAMES[key]!;
    const bit = FIELD[name as keyof typeof FIELD] ?? FIELD.time;
    if ((event.has & bit) !== 0) return false;
    event.has |= bit;
    switch (key) {
      case CODE['kind']: {
        const kind = this.bytes[this.at] === QUOTE ? this.kindOf.get(this.textNumber()) : undefined;
        if (kind === undefined) return false;
        event.kind = kind;
        return true;
      }
      case CODE['id']:
        return this.id(event);
      case CODE['peers']:
        return this.peers(event);
      case CODE['time']:
        return this.timeText(event);
      case CODE['note']:
      case CODE['message']:
        return this.freeText(name as 'note' | 'message', event);
      case CODE['changed']:
      case CODE['progress']:
        return this.truth(name as 'changed' | 'progress', event);
      default:
        if (this.bytes[this.at] === QUOTE) return this.name(name, event);
        return this.number(name, event);
    }
  }

  /** A text whose bytes are plain, as its number; the place is behind its closing quote then. */
  private textNumber(): number {
    const start = this.at + 1;
    const end = this.closingQuote(start);
    if (end < 0) return -1;
    this.at = end + 1;
    return this.texts.numberOf(this.bytes, start, end);
  }

  /** The place of the closing quote; -1 when something that is not plain comes before it. */
  private closingQuote(start: number): number {
    const { bytes, end } = this;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH || byte < SPACE || byte >= FIRST_BEYOND_ASCII) return -1;
    }
    return -1;
  }

  private name(field: string, event: LogEvent): boolean {
    if (this.bytes[this.at + 1] === QUOTE) return false;
    const number = this.textNumber();
    if (number < 0) return false;
    const text = this.texts.text(number);
    switch (field) {
      case 'node':
        event.node = text;
        return true;
      case 'site':
        event.site = text;
        return true;
      case 'subject':
        event.subject = text;
        return true;
      case 'reason':
        event.reason = text;
        return true;
      case 'state':
        event.state = text;
        return true;
      case 'what':
        event.what = text;
        return true;
      case 'path':
        event.path = text;
        return true;
      case 'name':
        event.name = text;
        return true;
      default:
        return false;
    }
  }

  private number(field: string, event: LogEvent): boolean {
    const value = this.wholeNumber();
    if (value < 0) return false;
    switch (field) {
      case 'incarnation':
        event.incarnation = value;
        return true;
      case 'bytes':
        event.bytes = value;
        return true;
      case 'size':
        event.size = value;
        return true;
      case 'count':
        event.count = value;
        return true;
      case 'idle':
        event.idle = value;
        return true;
      case 'longestIdle':
        event.longestIdle = value;
        return true;
      case 'livelocks':
        event.livelocks = value;
        return true;
      case 'us':
        event.us = value;
        return true;
      default: {
        const unit = UNITS.find(([name]) => name === field);
        if (unit === undefined) return false;
        event.timeUs = Math.floor(value * unit[1]);
        return true;
      }
    }
  }

  /** A whole number, 0 or more; -1 for anything else. */
  private wholeNumber(): number {
    const { bytes, end } = this;
    const start = this.at;
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    const digits = at - start;
    if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && bytes[start] === ZERO)) return -1;
    this.at = at;
    return bytes[at] === COMMA || bytes[at] === CLOSE ? value : -1;
  }

  private id(event: LogEvent): boolean {
    if (this.bytes[this.at] !== QUOTE) {
      const value = this.wholeNumber();
      event.id = value;
      return value >= 0;
    }
    const start = this.at + 1;
    const end = this.closingQuote(start);
    if (end <= start || end - start > MOST_NAME_CHARACTERS) return false;
    event.id = idOf(this.bytes, start, end);
    this.at = end + 1;
    return true;
  }

  private peers(event: LogEvent): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== OPEN_LIST) return false;
    this.at++;
    const peers: string[] = [];
    event.peers = peers;
    if (bytes[this.at] === CLOSE_LIST) {
      this.at++;
      return true;
    }
    for (;;) {
      if (bytes[this.at] !== QUOTE || bytes[this.at + 1] === QUOTE) return false;
      const number = this.textNumber();
      if (number < 0) return false;
      peers.push(this.texts.text(number));
      const next = bytes[this.at];
      if (next === CLOSE_LIST) this.at++;
      else this.pass();
      if (next === CLOSE_LIST) return true;
      if (next !== COMMA) return false;
    }
  }

  private timeText(event: LogEvent): boolean {
    if (this.bytes[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    const end = this.closingQuote(start);
    if (end < 0) return false;
    this.at = end + 1;
    const timeUs = this.timeUs(start, end);
    if (timeUs === undefined) return false;
    event.timeUs = timeUs;
    return true;
  }

  /** As {@link TimeReader.read}; times in UTC of the same minute are read from their bytes. */
  private timeUs(start: number, end: number): number | undefined {
    const { bytes, minute } = this;
    for (let place = 0; place < MINUTE_BYTES; place++) {
      if (bytes[start + place] !== minute[place]) return this.timeOfMinute(start, end);
    }
    const seconds = (bytes[start + 17]! - ZERO) * 10 + (bytes[start + 18]! - ZERO);
    if (bytes[end - 1] !== UTC || !(seconds >= 0 && seconds < 60)) return this.timeOfMinute(start, end);
    let us = seconds * 1e6;
    if (bytes[start + 19] === POINT) {
      const last = Math.min(end - 1, start + 26);
      let unit = 1e5;
      for (let at = start + 20; at < end - 1; at++) {
        const digit = bytes[at]! - ZERO;
        if (!(digit >= 0 && digit <= 9)) return this.timeOfMinute(start, end);
        if (at >= last) continue;
        us += digit * unit;
        unit /= 10;
      }
      if (end - start < 22 || end - start > MOST_TIME_BYTES) return this.timeOfMinute(start, end);
    } else if (end - start !== 20) return this.timeOfMinute(start, end);
    return this.minuteUs + us;
  }

  private timeOfMinute(start: number, end: number): number | undefined {
    const text = asciiText(this.bytes, start, end);
    const timeUs = this.times.read(text);
    if (timeUs === undefined) return undefined;
    this.minute.set(this.bytes.subarray(start, start + MINUTE_BYTES));
    this.minuteUs = this.times.read(`${text.slice(0, MINUTE_CHARACTERS)}:00Z`) ?? 0;
    return timeUs;
  }

  private freeText(field: 'note' | 'message', event: LogEvent): boolean {
    if (this.bytes[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    const end = this.closingQuote(start);
    if (end < 0) return false;
    this.at = end + 1;
    if (field === 'message') event.message = asciiText(this.bytes, start, end);
    return true;
  }

  private truth(field: 'changed' | 'progress', event: LogEvent): boolean {
    const isTrue = this.bytes[this.at] === 0x74;
    const word = isTrue ? 'true' : 'false';
    for (let place = 0; place < word.length; place++) {
      if (this.bytes[this.at + place] !== word.charCodeAt(place)) return false;
    }
    this.at += word.length;
    event[field] = isTrue;
    return true;
  }
}

/** True when the event has what its kind needs, nothing that it does not take, and of a choice one that there is. */
export function fits({ has, kind, reason, state, what }: LogEvent): boolean {
  if ((kind.needs & ~has) !== 0 || (has & ~kind.takes) !== 0) return false;
  const chosen = reason || state || what;
  return kind.choices === undefined || chosen === '' || kind.choices.includes(chosen);
}

function idOf(bytes: Uint8Array, start: number, end: number): ThingId {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return asciiText(bytes, start, end);
    value = value * 10 + (byte - ZERO);
  }
  const digits = end - start;
  return digits > MOST_DIGITS || (digits > 1 && bytes[start] === ZERO) ? asciiText(bytes, start, end) : value;
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
