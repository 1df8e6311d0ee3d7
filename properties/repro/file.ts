// Repro files: a scenario with everything that a run of it must give, as versioned JSON.
// Invariant: a file that parses says all there is to the run; a file of another version is refused, never guessed at.
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { parseInput, shown } from '../../sim/input.ts';
import { contentId } from '../../sim/random/hash.ts';
import { causesOf } from '../causes.ts';
import { explicitScenario } from '../soak/explicit.ts';
import { jsonLines } from './json-text.ts';
import type { SoakResult } from '../soak/judge.ts';
import { scenarioSchema } from '../soak/scenario.ts';

/** Version of the repro files that are written and read here. */
export const REPRO_VERSION = 2;

const DIGEST = '16 hexadecimal digits';
const digest = v.pipe(v.string(DIGEST), v.regex(/^[0-9a-f]{16}$/, DIGEST));
const timeUs = v.pipe(v.number(), v.integer(), v.minValue(0));

const reproSchema = v.strictObject({
  version: v.literal(REPRO_VERSION),
  tool: v.pipe(v.string(), v.maxLength(200)),
  scenario: scenarioSchema,
  digest,
  eventCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  checkpoints: v.pipe(v.array(v.strictTuple([timeUs, digest])), v.maxLength(1000)),
  verdicts: v.record(v.string(), v.boolean()),
  causes: v.array(v.strictObject({ property: v.string(), where: v.string() })),
  checksum: digest,
});

/**
 * A finding to run again: the scenario, its churn written out as a plan so that it does not depend on how profiles are
 * drawn, and what came of it. `digest` is 16 hexadecimal digits, `checkpoints` are virtual times in microseconds with the
 * digests that the run had then; `verdicts` says of each property by name whether it held, and `causes` what broke and
 * where; `tool` names the writer; `checksum` is over all the rest, and tells an edited file.
 */
export type Repro = v.InferOutput<typeof reproSchema>;

/** A repro without the checksum of it. */
export type ReproContent = Omit<Repro, 'checksum'>;

/** A repro as it was read. */
export interface ReadRepro extends Repro {
  /** True when it is not as it was written: its digest, and its finding, may be those of another scenario. */
  readonly edited: boolean;
}

/** True for parsed JSON that means to be a repro file, of whatever version, rather than a scenario. */
export function looksLikeRepro(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'version' in value && 'scenario' in value && 'digest' in value;
}

/**
 * Validates a repro file.
 *
 * @param value - Its parsed JSON.
 * @param where - The place it came from; opens an error's message.
 * @throws {InputError} `repro-version` for a file of another version, `bad-repro` for what is no repro file or does not
 * validate. The scenario's plan and names are checked when it is resolved.
 */
export function parseRepro(value: unknown, where: string): ReadRepro {
  if (!looksLikeRepro(value)) {
    const expected = 'expected a repro file, which has a version, a scenario and a digest';
    throw new InputError('bad-repro', `${where}: received ${shown(value)}, ${expected}`, { where });
  }
  const { version } = value as { version: unknown };
  if (version !== REPRO_VERSION) {
    const versions = `received repro file version ${shown(version)}, expected ${REPRO_VERSION}`;
    throw new InputError('repro-version', `${where}: made by another version: ${versions}`, { where, version });
  }
  // Parsing fills in defaults, so that the checksum is that of what was read.
  return { ...parseInput(reproSchema, value, where, 'bad-repro'), edited: isEdited(value as Repro) };
}

/**
 * The repro of a judged run.
 *
 * @param tool - Names the writer and its version; default `quicksoak`.
 * @returns Undefined when the run was cut short: its digest is not that of its scenario.
 */
export function reproOf({ soak, record, verdicts }: SoakResult, tool = 'quicksoak'): Repro | undefined {
  if (record.cutShort !== undefined) return undefined;
  const content: ReproContent = {
    version: REPRO_VERSION,
    tool,
    scenario: { ...explicitScenario(soak) },
    digest: record.digest,
    eventCount: record.eventCount,
    checkpoints: record.checkpoints.map(({ atUs, digest: reached }) => [atUs, reached]),
    verdicts: Object.fromEntries(verdicts.map(({ name, ok }) => [name, ok])),
    causes: causesOf(verdicts),
  };
  return sealed(content);
}

/** A repro with the checksum of its content, whatever checksum it had. */
export function sealed(content: ReproContent): Repro {
  return { ...content, checksum: checksumOf(content) };
}

/** {@link reproOf} as the text of a file. */
export function serialiseRepro(result: SoakResult, tool?: string): string | undefined {
  const repro = reproOf(result, tool);
  return repro === undefined ? undefined : `${jsonLines(repro)}\n`;
}

function isEdited(repro: Repro): boolean {
  return repro.checksum !== checksumOf(repro);
}

/** Of all but a checksum. Whatever JSON leaves out is left out first, and no order of keys matters. */
function checksumOf(repro: ReproContent): string {
  const content: unknown = JSON.parse(JSON.stringify({ ...repro, checksum: undefined }));
  return contentId(JSON.stringify(sortedKeys(content))).slice(0, 16);
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, held]) => [key, sortedKeys(held)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
