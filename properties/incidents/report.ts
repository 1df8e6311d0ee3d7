// Runs incidents, and puts what was reported beside what was measured.
// Invariant: all runs of an incident have one seed, so that they differ by what the incident changes alone.
import { unknownName } from '../../sim/input.ts';
import type { Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { SoakOptions } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { Incident, IncidentRow, IncidentRun, IncidentVariant } from './incident.ts';
import { INCIDENTS } from './index.ts';

/** One run of an incident, as told. */
export interface ReportedRun {
  readonly key: string;
  readonly title: string;
  readonly scenario: Scenario;
  readonly digest: string;
  readonly eventCount: number;
  /** Virtual time reached, in microseconds. */
  readonly endUs: number;
  /** Verdicts that broke, in full. */
  readonly broken: readonly Verdict[];
  /** Names of the properties that held, and of those that could not be judged. */
  readonly held: readonly string[];
  readonly notJudged: readonly string[];
}

/** What an incident's runs gave. */
export interface IncidentReport {
  readonly name: string;
  readonly summary: string;
  readonly story: string;
  readonly seed: string;
  readonly runs: readonly ReportedRun[];
  readonly rows: readonly IncidentRow[];
  /** True when a run was cut short; it is left out, and so are those after it. */
  readonly cutShort: boolean;
}

/** How to run an incident. */
export interface PlayOptions extends Pick<SoakOptions, 'expired' | 'maxEvents'> {
  /** Default: the seed of the incident's scenario. */
  readonly seed?: string;
  /** Called as a run goes on, with the share of the incident that is done (0 to 1). */
  readonly onProgress?: (share: number) => void;
}

/**
 * The incidents of these names, in the order of the list; all when none is named.
 *
 * @param where - The place of the names; opens an error's message.
 * @throws {InputError} `unknown-incident` with the known names and the nearest.
 */
export function incidentsNamed(
  names: readonly string[],
  where?: string,
  known: readonly Incident[] = INCIDENTS,
): Incident[] {
  const list = known.map(({ name }) => name);
  const unknown = names.find((name) => !list.includes(name));
  if (unknown !== undefined) throw unknownName('incident', unknown, list, where);
  return known.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** The scenario of one run of an incident. */
export function variantScenario(incident: Incident, { key, change }: IncidentVariant, seed?: string): Scenario {
  const input = { ...incident.scenario, ...change, name: incident.name, ...(seed === undefined ? {} : { seed }) };
  return parseScenario(input, `incident ${incident.name}: run ${key}`);
}

/** Makes every run of an incident and takes its figures. */
export function playIncident(incident: Incident, options: PlayOptions = {}): IncidentReport {
  const { seed, onProgress, ...budget } = options;
  const runs = new Map<string, IncidentRun>();
  for (const variant of incident.runs) {
    const { key, title } = variant;
    const soak = resolveScenario(variantScenario(incident, variant, seed), `incident ${incident.name}: run ${key}`);
    const result = judgeSoak(soak, {
      ...budget,
      twice: false,
      onProgress: (share) => onProgress?.((runs.size + share) / incident.runs.length),
    });
    if (result.record.cutShort !== undefined) break;
    runs.set(key, { ...result, key, title });
  }
  const { name, summary, story } = incident;
  return {
    name,
    summary,
    story,
    seed: seed ?? parseScenario(incident.scenario, `incident ${name}`).seed,
    runs: [...runs.values()].map(reportedRun),
    rows: incident.rows(runs),
    cutShort: runs.size < incident.runs.length,
  };
}

/** The figures of an incident that one judged run of its scenario gives; none for a run that is none of the incident's. */
export function rowsOfRun(result: SoakResult, known: readonly Incident[] = INCIDENTS): IncidentRow[] {
  const { scenario } = result.soak;
  const incident = known.find(({ name }) => name === scenario.name);
  const variant = incident === undefined ? undefined : variantOf(incident, scenario);
  if (incident === undefined || variant === undefined) return [];
  const { key, title } = variant;
  return incident.rows(new Map([[key, { ...result, key, title }]]));
}

/** Cores of the host that the incident of this name speaks of; undefined when it is none, or speaks of no host. */
export function coresOf(name: string): number | undefined {
  return INCIDENTS.find((incident) => incident.name === name)?.cores;
}

/** The run that this scenario is, its seed apart; one of another size or length will do when there is none. */
function variantOf(incident: Incident, scenario: Scenario): IncidentVariant | undefined {
  const is = (apartFrom: readonly (keyof Scenario)[]) => (variant: IncidentVariant) =>
    comparable(variantScenario(incident, variant), apartFrom) === comparable(scenario, apartFrom);
  return incident.runs.find(is(['seed'])) ?? incident.runs.find(is(['seed', 'nodes', 'for', 'properties']));
}

function comparable(scenario: Scenario, apartFrom: readonly string[]): string {
  // Settled again, so that the fields stand in one order.
  const settled = parseScenario({ ...scenario, defects: scenario.defects.toSorted() }, 'scenario');
  return JSON.stringify(Object.entries(settled).filter(([field]) => !apartFrom.includes(field)));
}

function reportedRun({ key, title, soak, record, verdicts }: IncidentRun): ReportedRun {
  const namesOf = (some: readonly Verdict[]): string[] => some.map(({ name }) => name);
  return {
    key,
    title,
    scenario: soak.scenario,
    digest: record.digest,
    eventCount: record.eventCount,
    endUs: record.endUs,
    broken: verdicts.filter(({ ok }) => !ok),
    held: namesOf(verdicts.filter(({ ok, judged }) => ok && judged)),
    notJudged: namesOf(verdicts.filter(({ judged }) => !judged)),
  };
}
