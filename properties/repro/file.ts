// Repro files: a scenario with everything that a run of it must give, as versioned JSON.
// Invariant: a file that parses says all there is to the run; a file of another version is refused, never guessed at.
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { parseInput, shown } from '../../sim/input.ts';
import type { SoakResult } from '../soak/judge.ts';
import { scenarioSchema } from '../soak/scenario.ts';

/** Version of the repro files that are written and read here. */
export const REPRO_VERSION = 1;

const DIGEST = '16 hexadecimal digits';

const reproSchema = v.strictObject({
  version: v.literal(REPRO_VERSION),
  tool: v.pipe(v.string(), v.maxLength(200)),
  scenario: scenarioSchema,
  digest: v.pipe(v.string(DIGEST), v.regex(/^[0-9a-f]{16}$/, DIGEST)),
  eventCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  verdicts: v.record(v.string(), v.boolean()),
});

/**
 * A finding to run again: the scenario (with its explicit plan, if it has one), and what came of it. `digest` is 16
 * hexadecimal digits; `verdicts` says of each property by name whether it held; `tool` names the writer.
 */
export type Repro = v.InferOutput<typeof reproSchema>;

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
export function parseRepro(value: unknown, where: string): Repro {
  if (!looksLikeRepro(value)) {
    const expected = 'expected a repro file, which has a version, a scenario and a digest';
    throw new InputError('bad-repro', `${where}: received ${shown(value)}, ${expected}`, { where });
  }
  const { version } = value as { version: unknown };
  if (version !== REPRO_VERSION) {
    const versions = `received repro file version ${shown(version)}, expected ${REPRO_VERSION}`;
    throw new InputError('repro-version', `${where}: made by another version: ${versions}`, { where, version });
  }
  return parseInput(reproSchema, value, where, 'bad-repro');
}

/**
 * The repro of a judged run.
 *
 * @param tool - Names the writer and its version; default `quicksoak`.
 * @returns Undefined when the run was cut short: its digest is not that of its scenario.
 */
export function reproOf({ soak, record, verdicts }: SoakResult, tool = 'quicksoak'): Repro | undefined {
  if (record.cutShort !== undefined) return undefined;
  return {
    version: REPRO_VERSION,
    tool,
    scenario: soak.scenario,
    digest: record.digest,
    eventCount: record.eventCount,
    verdicts: Object.fromEntries(verdicts.map(({ name, ok }) => [name, ok])),
  };
}

/** {@link reproOf} as the text of a file. */
export function serialiseRepro(result: SoakResult, tool?: string): string | undefined {
  const repro = reproOf(result, tool);
  return repro === undefined ? undefined : `${JSON.stringify(repro, null, 2)}\n`;
}
