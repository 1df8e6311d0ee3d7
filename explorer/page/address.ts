// The permalink: what is run, and what is looked at, in the part of the address after the #.
// Invariant: what is read back equals what was written; an address that says anything else is refused with a sentence.
import { InputError } from '../../sim/errors.ts';
import { shown, unknownName } from '../../sim/input.ts';
import { TEXT_FIELDS } from './setup.ts';
import type { Setup } from './setup.ts';

/** What an address says. */
export interface Address {
  /** One run, or two that are compared; empty for an address that says nothing. */
  readonly runs: readonly Setup[];
  /** Virtual time of the cursor, in microseconds; undefined for where a run begins or has come to. */
  readonly atUs: number | undefined;
  /** Index of the peer that is looked at. */
  readonly peer: number | undefined;
}

/** An address in which nothing stands. */
export const NO_ADDRESS: Address = { runs: [], atUs: undefined, peer: undefined };

const MOST_CHARACTERS = 20_000;

/** Writes the part after the #, without it; empty when there is nothing to say. */
export function writeAddress({ runs, atUs, peer }: Address): string {
  const parts = new URLSearchParams();
  runs.forEach((setup, place) => {
    const prefix = place === 0 ? '' : 'with-';
    parts.append(`${prefix}run`, setup.base);
    for (const field of TEXT_FIELDS) {
      const value = setup[field];
      if (value !== undefined) parts.append(`${prefix}${field}`, value);
    }
    if (setup.defects !== undefined) parts.append(`${prefix}defects`, setup.defects.join(',') || 'none');
  });
  if (atUs !== undefined) parts.append('at', String(atUs));
  if (peer !== undefined) parts.append('peer', String(peer));
  return parts.toString();
}

/**
 * Reads the part after the #, with or without it.
 *
 * @throws {InputError} `bad-address` for what {@link writeAddress} cannot have written.
 */
export function readAddress(hash: string): Address {
  const text = hash.replace(/^#/, '');
  if (text === '') return NO_ADDRESS;
  if (text.length > MOST_CHARACTERS) {
    const message = `address: received ${text.length} characters after the #, expected at most ${MOST_CHARACTERS}`;
    throw new InputError('bad-address', message);
  }
  const parts = new URLSearchParams(text);
  for (const [name] of parts) {
    if (!KNOWN.includes(name)) throw unknownName('part', name, KNOWN, 'address');
  }
  const first = setupFrom(parts, '');
  const second = setupFrom(parts, 'with-');
  if (first === undefined) {
    throw new InputError('bad-address', 'address: received no run, expected #run= with a scenario or a token');
  }
  return {
    runs: second === undefined ? [first] : [first, second],
    atUs: wholeNumber(parts, 'at', 'microseconds of virtual time'),
    peer: wholeNumber(parts, 'peer', 'the index of a peer'),
  };
}

const FIELDS = ['run', ...TEXT_FIELDS, 'defects'];
const KNOWN: readonly string[] = [...FIELDS, ...FIELDS.map((field) => `with-${field}`), 'at', 'peer'];

function setupFrom(parts: URLSearchParams, prefix: string): Setup | undefined {
  const base = parts.get(`${prefix}run`);
  if (base === null) {
    const stray = FIELDS.find((field) => parts.has(prefix + field));
    if (stray === undefined) return undefined;
    throw new InputError('bad-address', `address: received ${prefix}${stray} without ${prefix}run, expected both`);
  }
  const defects = parts.get(`${prefix}defects`);
  const texts = TEXT_FIELDS.flatMap((field) => {
    const value = parts.get(prefix + field);
    return value === null ? [] : [[field, value] as const];
  });
  return {
    base,
    ...Object.fromEntries(texts),
    ...(defects === null ? {} : { defects: defects === 'none' ? [] : defects.split(',') }),
  };
}

function wholeNumber(parts: URLSearchParams, name: string, what: string): number | undefined {
  const text = parts.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InputError('bad-address', `address: ${name}: received ${shown(text)}, expected ${what}, a whole number`);
}
