// The result of a judged run as data: what --json prints and --out writes, and how it is read back.
// Invariant: plain JSON; maps, sets and typed arrays in evidence are written as lists.
import { InputError } from '../sim/errors.ts';
import { shown } from '../sim/input.ts';
import { causesOf } from '../properties/causes.ts';
import { REPRO_VERSION, sealed } from '../properties/repro/file.ts';
import type { IncidentRow } from '../properties/incidents/incident.ts';
import type { RunUsage } from '../properties/usage/usage.ts';
import type { Verdict } from '../properties/property.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import type { CutShort } from './exit-codes.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { JudgedRun } from './work/soak.ts';
import { VERSION } from './version.ts';

/** A verdict as data; `firstBrokenUs` is null when no moment can be named. */
export type ReportedVerdict = Omit<Verdict, 'firstBrokenUs'> & { readonly firstBrokenUs: number | null };

/** What `--json` prints, and `--out` writes. */
export interface SoakReport {
  readonly version: string;
  readonly seed: string;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** True when every property held and the run reached its end. */
  readonly ok: boolean;
  /** Why the run ended early; null when it did not. */
  readonly cutShort: CutShort | null;
  readonly properties: readonly ReportedVerdict[];
  readonly header: readonly string[];
  /** Events handled. */
  readonly events: number;
  /** Virtual times in microseconds, and the digests that the run had then. */
  readonly checkpoints: readonly [atUs: number, digest: string][];
  /** Virtual time reached, in microseconds. */
  readonly endUs: number;
  readonly wallMs: number;
  /** The line that reproduces it; null when it is too long for a line and there is no file, or the run was cut short. */
  readonly repro: string | null;
  /** Tasks, heap and CPU, as far as the model has them. */
  readonly usage: RunUsage;
  /** Reported beside measured, when the scenario is an incident. */
  readonly rows: readonly IncidentRow[];
  readonly scenario: Scenario;
}

/**
 * Puts a report together.
 *
 * @param repro - The line that reproduces the run, if there is one.
 */
export function reportOf(scenario: Scenario, run: JudgedRun, repro: string | undefined): SoakReport {
  const { header, verdicts, cutShort } = run;
  return {
    version: VERSION,
    seed: scenario.seed,
    digest: run.digest,
    ok: exitCodeOf(verdicts, cutShort) === EXIT.held,
    cutShort: cutShort ?? null,
    properties: verdicts.map(reportedVerdict),
    header,
    events: run.eventCount,
    checkpoints: run.checkpoints.map(({ atUs, digest }) => [atUs, digest]),
    endUs: run.endUs,
    wallMs: Math.round(run.wallMs),
    repro: repro ?? null,
    usage: run.usage,
    rows: run.rows,
    scenario,
  };
}

/** A verdict as data. */
export function reportedVerdict(verdict: Verdict): ReportedVerdict {
  return { ...verdict, firstBrokenUs: verdict.firstBrokenUs ?? null };
}

/** A value as JSON text with a newline at its end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_key, held: unknown) => plain(held), 2)}\n`;
}

/** True for parsed JSON that means to be what `--out` wrote. */
export function looksLikeReport(value: unknown): value is SoakReport {
  return (
    typeof value === 'object' && value !== null && ['properties', 'cutShort', 'scenario'].every((key) => key in value)
  );
}

/**
 * What `--out` wrote as a repro, to be validated by `parseRepro`; any other value is given back as it is.
 *
 * @param where - The file's path; opens an error's message.
 * @throws {InputError} `cut-short` for a run that was: its digest is not that of its scenario.
 */
export function asRepro(value: unknown, where: string): unknown {
  // What an ablation wrote has a scenario and properties as well, and is no run.
  if (!looksLikeReport(value) || !('digest' in value)) return value;
  const { scenario, digest, events, checkpoints, properties, version, cutShort } = value as Partial<SoakReport>;
  if (cutShort !== null) {
    const message = `${where}: received a run that was cut short (${shown(cutShort)}), expected one that reached its end`;
    throw new InputError('cut-short', message, { where });
  }
  const verdicts = (Array.isArray(properties) ? properties : []) as readonly ReportedVerdict[];
  // What does not fit is found where the repro is validated.
  return sealed({
    version: REPRO_VERSION,
    tool: `quicksoak ${String(version)}`,
    scenario: scenario!,
    digest: digest!,
    eventCount: events!,
    checkpoints: checkpoints === undefined ? [] : [...checkpoints],
    verdicts: Object.fromEntries(verdicts.map(({ name, ok }) => [name, ok])),
    causes: causesOf(verdicts.map((verdict) => ({ ...verdict, evidence: verdict.evidence ?? [] }))),
  });
}

function plain(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  return value;
}
