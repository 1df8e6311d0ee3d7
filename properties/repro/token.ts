// Tokens: a scenario and its expected outcome in one short word that can be pasted.
// Invariant: decoding gives back exactly what was encoded, or refuses; a token never decodes to something else in silence.
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { parseInput, shown } from '../../sim/input.ts';
import { contentId } from '../../sim/random/hash.ts';
import type { SoakResult } from '../soak/judge.ts';
import { differences } from '../soak/differences.ts';
import { parseScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';

/**
 * Version of the tokens that are written and read here. It goes up when their form changes, and when a default of a
 * scenario does: a token holds only what differs from the defaults.
 */
export const TOKEN_VERSION = 1;

/** Longest token, in characters. A scenario that needs more (one with a long explicit plan) goes into a file. */
export const MAX_TOKEN_LENGTH = 1_200;

/** Most bytes of JSON in a token. */
const MAX_CONTENT_BYTES = 65_536;

const PREFIX = `qs${TOKEN_VERSION}-`;
/** Bytes before the JSON: the number of bytes that follow the checksum (2), their checksum (4), and the digest (8). */
const LENGTH_BYTES = 2;
const CHECKED_FROM = 6;
const CONTENT_FROM = 14;

/** What a token holds. */
export interface TokenContent {
  readonly scenario: Scenario;
  /** Expected digest: 16 hexadecimal digits. */
  readonly digest: string;
  /** Names of the properties that broke; undefined when the token does not say. */
  readonly broken?: readonly string[];
}

/** True for a text that is meant as a token, of whatever version, rather than as a file's name. */
export function looksLikeToken(text: string): boolean {
  return /^qs\d{1,9}-[^./\\]*$/.test(text);
}

/**
 * The token of a judged run: its scenario, digest and broken properties.
 *
 * @returns Undefined when the run was cut short, or the token would be too long.
 */
export function tokenOf({ soak, record, verdicts }: SoakResult): string | undefined {
  if (record.cutShort !== undefined) return undefined;
  const broken = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  return encodeToken(soak.scenario, record.digest, broken);
}

/**
 * Writes a token: `qs1-` and base64url of the checksummed, deflated JSON of what differs from the defaults.
 *
 * @param digest - 16 hexadecimal digits.
 * @param broken - Names of the properties that broke; default: the token does not say.
 * @returns Undefined when it would have more than {@link MAX_TOKEN_LENGTH} characters.
 */
export function encodeToken(scenario: Scenario, digest: string, broken?: readonly string[]): string | undefined {
  const content = { s: differences(scenario), ...(broken === undefined ? {} : { b: broken }) };
  const json = strToU8(JSON.stringify(content));
  if (json.length > MAX_CONTENT_BYTES) return undefined;
  const deflated = deflateSync(json, { level: 9 });
  const bytes = new Uint8Array(CONTENT_FROM + deflated.length);
  for (let place = 0; place < 8; place++) {
    bytes[CHECKED_FROM + place] = Number.parseInt(digest.slice(place * 2, place * 2 + 2), 16);
  }
  bytes.set(deflated, CONTENT_FROM);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length - CHECKED_FROM);
  view.setUint32(LENGTH_BYTES, checksum(bytes));
  const token = PREFIX + toBase64url(bytes);
  return token.length <= MAX_TOKEN_LENGTH ? token : undefined;
}

/**
 * Reads a token.
 *
 * @param where - The place it came from; opens an error's message.
 * @throws {InputError} `bad-token` for what is no token, `token-version` for one made by another version,
 * `token-truncated` and `token-mistyped` for one that was damaged, `token-too-big` for one that unpacks to more than
 * 64 KiB, `bad-scenario` for one whose scenario does not validate.
 */
export function decodeToken(token: string, where = 'token'): TokenContent {
  const refuse = (code: string, what: string): InputError =>
    new InputError(code, `${where}: ${what}`, { where, received: token.slice(0, MAX_TOKEN_LENGTH) });
  const text = token.trim();
  const [prefix = '', version] = /^qs(\d{1,9})-/.exec(text) ?? [];
  if (version === undefined) {
    throw refuse('bad-token', `received ${shown(text)}, expected a token, which begins with ${PREFIX}`);
  }
  if (prefix !== PREFIX) {
    const versions = `received token version ${version}, expected ${TOKEN_VERSION}`;
    throw refuse('token-version', `made by another version: ${versions}`);
  }
  if (text.length > MAX_TOKEN_LENGTH) {
    throw refuse('bad-token', `received ${text.length} characters, expected at most ${MAX_TOKEN_LENGTH}`);
  }
  const body = text.slice(PREFIX.length);
  if (!/^[\w-]*$/.test(body)) {
    throw refuse('bad-token', `received ${shown(text)}, expected only letters, digits, - and _`);
  }
  const bytes = fromBase64url(body);
  const view = new DataView(bytes.buffer);
  const expected = bytes.length < LENGTH_BYTES ? undefined : CHECKED_FROM + view.getUint16(0);
  if (bytes.length !== expected) {
    throw refuse('token-truncated', `cut short or mistyped: received ${lengthText(text.length, expected)}`);
  }
  // Letters beyond the last whole byte would be passed over in decoding.
  if (toBase64url(bytes) !== body)
    throw refuse('token-mistyped', `mistyped: received ${shown(text)}, expected no letters after its end`);
  if (bytes.length < CONTENT_FROM || view.getUint32(LENGTH_BYTES) !== checksum(bytes)) {
    throw refuse('token-mistyped', `mistyped: received ${shown(text)}, whose checksum does not fit its content`);
  }
  return contentOf(bytes, where, refuse);
}

/** @param bytes - That it should have, as far as what is left of it says; what no token has was mistyped. */
function lengthText(received: number, bytes: number | undefined): string {
  const expected = bytes === undefined || bytes < CONTENT_FROM ? Infinity : PREFIX.length + Math.ceil((bytes * 4) / 3);
  const whole = expected > MAX_TOKEN_LENGTH ? 'a whole token, as a run prints it' : String(expected);
  return `${received} characters, expected ${whole}`;
}

function contentOf(bytes: Uint8Array, where: string, refuse: (code: string, what: string) => InputError): TokenContent {
  const json = inflated(bytes.subarray(CONTENT_FROM));
  if (json === undefined) throw refuse('bad-token', 'received content that does not unpack, expected deflated JSON');
  if (json.length > MAX_CONTENT_BYTES) {
    throw refuse('token-too-big', `received ${json.length} bytes of content, expected at most ${MAX_CONTENT_BYTES}`);
  }
  const { s, b } = parseInput(contentSchema, parsedJson(json), where, 'bad-token');
  const digest = Array.from(bytes.subarray(CHECKED_FROM, CONTENT_FROM), (byte) => byte.toString(16).padStart(2, '0'));
  return { scenario: parseScenario(s, where), digest: digest.join(''), ...(b === undefined ? {} : { broken: b }) };
}

const contentSchema = v.strictObject({ s: v.unknown(), b: v.optional(v.array(v.string())) });

/** DEFLATE grows content at most 1,032 times, and the token is short: a bomb unpacks to less than 1 MiB. */
function inflated(deflated: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(deflated);
  } catch {
    return undefined;
  }
}

function parsedJson(json: Uint8Array): unknown {
  try {
    return JSON.parse(strFromU8(json)) as unknown;
  } catch {
    return undefined;
  }
}

function checksum(bytes: Uint8Array): number {
  return Number.parseInt(contentId(strFromU8(bytes.subarray(CHECKED_FROM), true)).slice(0, 8), 16);
}

function toBase64url(bytes: Uint8Array): string {
  return btoa(strFromU8(bytes, true)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @param text - Only characters of base64url; one that is left over at the end is dropped. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text;
  const binary = atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
