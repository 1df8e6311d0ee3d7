// Incidents: reports from production as named scenarios, each with what was reported and what a run of it gives.
// Invariant: an incident says which of its figures are calibrated and which predicted; it never tunes one to fit.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import type { SoakResult } from '../soak/judge.ts';
import type { ScenarioInput } from '../soak/scenario.ts';

/**
 * How a measured figure came about: `calibrated` when a cost table was fitted to the report, `predicted` when it follows
 * from the model without having been fitted, `exact` when it is a count that the report's own arithmetic gives.
 */
export type FigureStatus = 'calibrated' | 'predicted' | 'exact';

/** One figure: what was reported beside what was measured. */
export interface IncidentRow {
  readonly what: string;
  /** Unit of both figures, such as `MB`; empty for a count. */
  readonly unit: string;
  /** As the report has it; undefined when it gives none. */
  readonly reported: string | undefined;
  /** Before and after a fix with an arrow between them. */
  readonly measured: string;
  readonly status: FigureStatus;
  readonly note?: string;
}

/** One way to run an incident. */
export interface IncidentVariant {
  /** Names it within the incident, such as `reported` or `fixed`. */
  readonly key: string;
  readonly title: string;
  /** Fields of the scenario that take the place of the incident's own; each replaces the whole field. */
  readonly change: Partial<ScenarioInput>;
}

/** A judged run of an incident. */
export interface IncidentRun extends SoakResult {
  readonly key: string;
  readonly title: string;
}

/** The runs that were made, by key. */
export type IncidentRuns = ReadonlyMap<string, IncidentRun>;

/** A report from production, to be run. */
export interface Incident {
  /** Kebab-case; the name of its scenario as well. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** What was reported, in a few sentences, and where. */
  readonly story: string;
  /** With the defects that the report shows. */
  readonly scenario: ScenarioInput;
  /** Every way to run it; at least one, keys unique. */
  readonly runs: readonly IncidentVariant[];
  /** Cores of the host that the report speaks of; default: shares of a host are not told. */
  readonly cores?: number;
  /** The figures that these runs give; see {@link rowsFrom}. */
  rows(runs: IncidentRuns): IncidentRow[];
}

/** How to measure one row. */
export type IncidentRule = Omit<IncidentRow, 'measured'> &
  (
    | {
        /** Runs that one figure each is taken from, shown one after the other; those that were not made are told so. */
        readonly over: readonly string[];
        readonly each: (run: IncidentRun) => string;
      }
    | {
        /** Runs that the figure needs, all of them, in the order in which `measured` is given them. */
        readonly from: readonly string[];
        readonly measured: (...runs: IncidentRun[]) => string;
      }
  );

/** The rows of those rules whose runs were made; what an incident's `rows` is made of. */
export function rowsFrom(runs: IncidentRuns, rules: readonly IncidentRule[]): IncidentRow[] {
  return rules.flatMap((rule): IncidentRow[] => {
    const measured = measuredBy(rule, runs);
    if (measured === undefined) return [];
    const { what, unit, reported, status, note } = rule;
    return [{ what, unit, reported, measured, status, ...(note === undefined ? {} : { note }) }];
  });
}

function measuredBy(rule: IncidentRule, runs: IncidentRuns): string | undefined {
  if ('over' in rule) {
    if (!rule.over.some((key) => runs.has(key))) return undefined;
    return rule.over
      .map((key) => {
        const run = runs.get(key);
        return run === undefined ? `(${key}: not run)` : rule.each(run);
      })
      .join(' → ');
  }
  const made = rule.from.map((key) => runs.get(key)).filter((run) => run !== undefined);
  return made.length === rule.from.length ? rule.measured(...made) : undefined;
}

/**
 * A list of incidents, checked.
 *
 * @throws {InputError} `duplicate-name` when two incidents, or two runs of one, have the same name; `no-runs` for an
 * incident without a run.
 */
export function incidentCatalogue(incidents: readonly Incident[]): readonly Incident[] {
  for (const { name, runs } of incidents) {
    if (runs.length === 0)
      throw new InputError('no-runs', `incident ${shown(name)}: received no run, expected one or more`);
    refuseDuplicates(
      `incident ${name}: run`,
      runs.map(({ key }) => key),
    );
  }
  refuseDuplicates(
    'incident',
    incidents.map(({ name }) => name),
  );
  return incidents;
}

function refuseDuplicates(what: string, names: readonly string[]): void {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return;
  const message = `${what} ${shown(twice)}: received two of this name, expected each name once`;
  throw new InputError('duplicate-name', message, { name: twice });
}
