// The terms of a check: how long a calm is, what must have ended by when, what is retained on purpose.
// Invariant: a flag wins over the log's header, and that over the mapping and the defaults; all times in microseconds.
import * as v from 'valibot';
import { RetentionRules } from '../../sim/census/retention.ts';
import type { Retention } from '../../sim/census/retention.ts';
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { integerBetween, nearest, parseInput, shown } from '../../sim/input.ts';
import type { Bounds } from '../soak/record.ts';

/** Newest version of the log's format. */
export const LOG_VERSION = 1;

/** QUIC's usual idle timeout of 30 s, twice: one for the connection, one for the dial that it may cause. */
const USUAL_SETTLE = '1m';
const USUAL_CONNECT_TIMEOUT = '10s';
/** How much longer than the settle time something may wait in a buffer; as in a soak. */
const WAIT_SLACK_US = 5_000_000;
const LEAST_REJOIN_US = 5_000_000;

const why = v.optional(v.pipe(v.string(), v.maxLength(1000)), 'declared by the log');
const retainSchema = v.union(
  [
    v.strictObject({ path: v.string(), cap: integerBetween(0, Number.MAX_SAFE_INTEGER), why }),
    v.strictObject({ path: v.string(), limit: integerBetween(0, Number.MAX_SAFE_INTEGER), why }),
    v.strictObject({ path: v.string(), for: v.string(), why }),
    v.strictObject({ path: v.string(), while: v.pipe(v.array(v.string()), v.minLength(1)), why }),
  ],
  'an object with "path" and one of "cap", "limit", "for" or "while"',
);

/** Validates {@link TermsInput}. */
export const termsSchema = v.strictObject({
  /** Durations such as `2m`. */
  calm: v.optional(v.string()),
  settle: v.optional(v.string()),
  residue: v.optional(v.string()),
  wait: v.optional(v.string()),
  rejoin: v.optional(v.string()),
  connectTimeout: v.optional(v.string()),
  warmUp: v.optional(v.string()),
  /** Identities that let starting nodes in; default all. */
  hosts: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(10_000))),
  retain: v.optional(v.pipe(v.array(retainSchema), v.maxLength(1000)), []),
});

/** Terms as a header, a mapping or flags give them. */
export type TermsInput = v.InferInput<typeof termsSchema>;

const headerSchema = v.strictObject({
  quicksoak: v.literal('events', '"events"'),
  version: v.literal(LOG_VERSION, `${LOG_VERSION}, the version that this quicksoak reads`),
  terms: v.optional(termsSchema, {}),
  note: v.optional(v.string()),
});

/** The terms of a check, settled. */
export interface CheckTerms {
  /** Least length of a calm. */
  readonly calmUs: number;
  /** How long after the log's first event the first calm may begin. */
  readonly warmUpUs: number;
  readonly connectTimeoutUs: number;
  /** Identities that let starting nodes in; undefined for all. */
  readonly hosts: readonly string[] | undefined;
  readonly bounds: Bounds;
  readonly retention: readonly Retention[];
}

/** True for a line's value that means to be a header. */
export function looksLikeHeader(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'kind' in value) return false;
  return Object.keys(value).some(
    (key) => key === 'quicksoak' || (key !== 'quick' && nearest(key, ['quicksoak']) !== undefined),
  );
}

/** The terms of a header. @throws {InputError} `bad-header`. */
export function parseHeader(value: unknown, where: string): TermsInput {
  return parseInput(headerSchema, value, where, 'bad-header').terms;
}

/**
 * Settles terms.
 *
 * @param sources - Where they come from, and each source's; those of an earlier one win, and all that is retained counts.
 * @throws {InputError} `bad-duration`, `bad-retention`, `bad-path-class`, or `bad-terms` for terms that contradict each other.
 */
export function settledTerms(sources: readonly (readonly [where: string, terms: TermsInput])[]): CheckTerms {
  const usOf = (name: keyof Omit<TermsInput, 'retain' | 'hosts'>, usualUs: number): number => {
    const [where, terms] = sources.find(([, one]) => one[name] !== undefined) ?? [];
    const options = { allowZero: name === 'warmUp' };
    return terms === undefined ? usualUs : parseDuration(terms[name]!, `${where}: ${name}`, options);
  };
  const declared = sources.flatMap(([where, { retain = [] }]) => retain.map((one) => retentionOf(one, where)));
  // The log of each node may say the same.
  const retention = [...new Map(declared.map((one) => [JSON.stringify(one), one])).values()];
  const settleUs = usOf('settle', parseDuration(USUAL_SETTLE, 'settle'));
  const longestUs = Math.max(0, ...retention.map((one) => ('forUs' in one ? one.forUs : 0)));
  const calmUs = usOf('calm', 2 * settleUs + longestUs);
  const connectTimeoutUs = usOf('connectTimeout', parseDuration(USUAL_CONNECT_TIMEOUT, 'connectTimeout'));
  const residueUs = usOf('residue', Math.max(settleUs, calmUs - settleUs));
  if (calmUs < settleUs) {
    const message = `received a calm of ${formatDuration(calmUs)}, expected at least the settle time of ${formatDuration(settleUs)}: what is measured at its end must have had the time to end`;
    throw new InputError('bad-terms', message, { calmUs, settleUs });
  }
  return {
    calmUs,
    hosts: sources.find(([, { hosts }]) => hosts !== undefined)?.[1].hosts,
    warmUpUs: usOf('warmUp', 0),
    connectTimeoutUs,
    bounds: {
      settleUs,
      residueUs,
      waitUs: usOf('wait', settleUs + WAIT_SLACK_US),
      rejoinUs: usOf('rejoin', Math.max(LEAST_REJOIN_US, Math.floor(settleUs / 2))),
    },
    retention,
  };
}

/** A declaration that reads as one. */
function retentionOf(input: v.InferInput<typeof retainSchema>, where: string): Retention {
  const { path, why: reason = 'declared by the log' } = input;
  const retention: Retention =
    'for' in input
      ? { path, forUs: parseDuration(input.for, `${where}: retain ${shown(path)}`, { allowZero: true }), why: reason }
      : 'cap' in input
        ? { path, cap: input.cap, why: reason }
        : 'limit' in input
          ? { path, limit: input.limit, why: reason }
          : { path, while: input.while, why: reason };
  refuseBad(retention);
  return retention;
}

/** Refuses a declaration that is none, such as one of a path that does not read as one. */
function refuseBad(retention: Retention): void {
  void new RetentionRules([retention]);
}

/**
 * Reads what `--retain` was given: `path=30` for a cap, `path=10m` for a time.
 *
 * @throws {InputError} `bad-retention` for what is neither.
 */
export function parseRetain(text: string): NonNullable<TermsInput['retain']>[number] {
  const split = text.lastIndexOf('=');
  const [path, bound] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  if (split < 1 || path === '' || bound === '') {
    const message = `--retain: received ${shown(text)}, expected a path, "=" and a cap or a time, such as gossip.passiveView=30 or book.peers=10m`;
    throw new InputError('bad-retention', message, { text });
  }
  const reason = 'declared by --retain';
  return /^\d{1,15}$/.test(bound) ? { path, cap: Number(bound), why: reason } : { path, for: bound, why: reason };
}
