// Durations as people write them, '1h30m' or '500ms', to and from integer microseconds.
// Invariant: parseDuration(formatDuration(us)) is us, for every integer between 1 and MAX_DURATION_US (included).
import { InputError } from './errors.ts';
import { shown } from './input.ts';

/** Longest duration and latest virtual time accepted from outside: ten years of 365 days, in microseconds. */
export const MAX_DURATION_US = 10 * 365 * 86_400 * 1_000_000;

const UNITS = [
  { name: 'd', us: 86_400_000_000 },
  { name: 'h', us: 3_600_000_000 },
  { name: 'm', us: 60_000_000 },
  { name: 's', us: 1_000_000 },
  { name: 'ms', us: 1_000 },
  { name: 'us', us: 1 },
] as const;

const PART = /^(\d{1,16})(?:\.(\d{1,9}))?(d|h|ms|us|m|s)/;
const EXPECTED = "expected a duration with units, such as '90s', '1h30m', '4d', '500ms' or '80us'";

/**
 * Reads a duration: one or more numbers, each with a unit of d, h, m, s, ms or us, from the largest unit to the
 * smallest, each unit at most once. Decimals are allowed where they come to whole microseconds.
 *
 * @param where - The place of the text, such as `--for`; opens an error's message.
 * @param options - `allowZero`: whether 0 is accepted; default false.
 * @returns Microseconds; an integer between 1 (0 when allowed) and {@link MAX_DURATION_US} (included).
 * @throws {InputError} `bad-duration` for anything else: no unit, a negative, zero, absurd or malformed text.
 */
export function parseDuration(text: string, where: string, options: { allowZero?: boolean } = {}): number {
  const refuse = (expected: string): InputError =>
    new InputError('bad-duration', `${where}: received ${shown(text)}, ${expected}`, { where, received: text });
  let rest = text.trim();
  if (/^[-−]/.test(rest)) throw refuse('expected a duration that is not negative');
  if (/^\d+(\.\d+)?$/.test(rest)) throw refuse(`which has no unit; ${EXPECTED}`);
  if (rest === '') throw refuse(EXPECTED);

  let totalUs = 0n;
  let previous = -1;
  while (rest !== '') {
    const part = PART.exec(rest);
    if (part === null) throw refuse(EXPECTED);
    const [all, whole = '', fraction = '', unitName = ''] = part;
    const place = UNITS.findIndex((unit) => unit.name === unitName);
    if (place <= previous) throw refuse('expected units from the largest to the smallest, each once');
    previous = place;
    const unitUs = BigInt(UNITS[place]?.us ?? 0);
    const scale = 10n ** BigInt(fraction.length);
    const scaledUs = BigInt(whole + fraction) * unitUs;
    if (scaledUs % scale !== 0n) throw refuse('expected whole microseconds, the finest time there is');
    totalUs += scaledUs / scale;
    rest = rest.slice(all.length);
  }
  if (totalUs > BigInt(MAX_DURATION_US)) throw refuse('expected at most ten years (3650d)');
  if (totalUs === 0n && options.allowZero !== true) throw refuse('expected more than zero');
  return Number(totalUs);
}

/**
 * Writes a duration so that {@link parseDuration} reads it back exactly: `1d2h`, `1m40s`, `2.5s`, `12.5ms`, `80us`, `0s`.
 *
 * @param us - Microseconds; an integer, 0 or more.
 */
export function formatDuration(us: number): string {
  if (us === 0) return '0s';
  if (us < 1_000) return `${us}us`;
  if (us < 1_000_000) return `${decimal(us, 1_000)}ms`;
  let text = '';
  let rest = us;
  for (const unit of UNITS) {
    if (unit.name === 's') break;
    const count = Math.floor(rest / unit.us);
    if (count > 0) text += `${count}${unit.name}`;
    rest -= count * unit.us;
  }
  return rest > 0 ? `${text}${decimal(rest, 1_000_000)}s` : text;
}

/** `us / scale` as an exact decimal without trailing zeros; scale is a power of ten. */
function decimal(us: number, scale: number): string {
  const whole = Math.floor(us / scale);
  const digits = String(us - whole * scale)
    .padStart(String(scale).length - 1, '0')
    .replace(/0+$/, '');
  return digits === '' ? String(whole) : `${whole}.${digits}`;
}
