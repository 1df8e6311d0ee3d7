// Ablation: which switch breaks which property, which pairs mask each other, and what each fix buys.
// Invariant: every claim is the difference between runs of one scenario and one seed; the result is plain JSON.
import { InputError } from '../../sim/errors.ts';
import { PROPERTIES } from '../judges/index.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { AblationCells } from './cells.ts';
import type { AblationCell, AblationStep, CellOptions } from './cells.ts';
import { fixInTurn } from './fixes.ts';
import type { AblationFix } from './fixes.ts';
import { pairsToRun, parsePairs, readPair } from './pairs.ts';
import type { AblationPair, Pair } from './pairs.ts';

/** Most defects of one ablation. */
export const MOST_ABLATED = 12;

/** What one run says of one property. */
export type CellVerdict = 'broke' | 'held' | 'not-judged' | 'not-run';

/** One defect against every property that broke in any run; the lists run along {@link Ablation.properties}. */
export interface AblationRow {
  readonly defect: string;
  /** With it alone on. */
  readonly alone: readonly CellVerdict[];
  /** With all others on, it alone fixed. */
  readonly fixed: readonly CellVerdict[];
}

/** What an ablation found. */
export interface Ablation {
  /** With the ablated defects on. */
  readonly scenario: Scenario;
  readonly defects: readonly string[];
  /** Properties that broke in any run, in the order of the verdict table. */
  readonly properties: readonly string[];
  /** What the runs with all on and with all off say, along `properties`. */
  readonly allOn: readonly CellVerdict[];
  readonly allOff: readonly CellVerdict[];
  readonly rows: readonly AblationRow[];
  /** Every pair that was run. */
  readonly pairs: readonly AblationPair[];
  /** Key figures are before the first fix those of all on. */
  readonly fixes: readonly AblationFix[];
  /** Every run, in the order made; the first is all off, the second all on. */
  readonly cells: readonly AblationCell[];
  /** True when the run with all off was made, broke nothing, and judged something. */
  readonly ok: boolean;
  /** True when a run was cut short, and the ablation ended with it. */
  readonly cutShort: boolean;
}

/** How to ablate. */
export interface AblateOptions extends CellOptions {
  /** Pairs to run, each `a+b`; default: all up to six defects, beyond that those that may interact. */
  readonly pairs?: readonly string[];
}

/**
 * Ablates the defects of a scenario: runs all off, all on, each alone on, each alone off, pairs, and one fix after the
 * other, all of the same seed. Yields after each run; no set of defects is run twice.
 *
 * @throws {InputError} At once, before any run: `no-defects` when the scenario has none, `too-many-defects` above
 * {@link MOST_ABLATED}, and whatever `parsePairs` and `resolveScenario` refuse.
 */
export function ablate(scenario: Scenario, options: AblateOptions = {}): Generator<AblationStep, Ablation, undefined> {
  const { pairs, ...cellOptions } = options;
  const defects = ablatedDefects(scenario, options.where ?? 'scenario');
  const ablated = { ...scenario, defects };
  resolveScenario(ablated, options.where, options.catalogue);
  const given = pairs === undefined ? undefined : parsePairs(pairs, defects, '--pair');
  return runAblation(ablated, given, new AblationCells(scenario, defects, cellOptions));
}

function* runAblation(
  scenario: Scenario,
  given: readonly Pair[] | undefined,
  cells: AblationCells,
): Generator<AblationStep, Ablation, undefined> {
  const { defects } = scenario;
  const alone = defects.map((id) => [id]);
  const others = defects.map((id) => defects.filter((other) => other !== id));
  const singles = [[], defects, ...alone, ...others];
  // Fixes run one set of each size: all but one and one alone are among the singles.
  const more = Math.max(0, defects.length - 3);
  cells.plan([...singles, ...(given ?? [])], more);
  let whole = yield* cells.take(singles);
  let pairs: readonly Pair[] = [];
  let fixes: AblationFix[] = [];
  if (whole) {
    pairs = given ?? pairsToRun(defects, cells);
    cells.plan(pairs, more);
    whole = yield* cells.take(pairs);
  }
  if (whole) {
    fixes = yield* fixInTurn(defects, cells);
    whole = fixes.length === defects.length;
  }
  return ablationOf(scenario, cells, pairs, fixes, !whole);
}

/**
 * The defects that an ablation of this scenario switches.
 *
 * @throws {InputError} `no-defects`, `too-many-defects`.
 */
export function ablatedDefects(scenario: Scenario, where: string): string[] {
  const defects = [...new Set(scenario.defects)];
  if (defects.length === 0) {
    const message = `${where}: received a scenario without defects, expected 1 to ${MOST_ABLATED}, its own or by --defect`;
    throw new InputError('no-defects', message, { where });
  }
  if (defects.length > MOST_ABLATED) {
    const message = `${where}: received ${defects.length} defects, expected at most ${MOST_ABLATED}`;
    throw new InputError('too-many-defects', message, { where });
  }
  return defects;
}

function ablationOf(
  scenario: Scenario,
  cells: AblationCells,
  pairs: readonly Pair[],
  fixes: readonly AblationFix[],
  cutShort: boolean,
): Ablation {
  const { defects } = scenario;
  const properties = propertiesBroken(cells.all);
  const along = (on: readonly string[]): CellVerdict[] => properties.map((name) => verdictOf(cells.find(on), name));
  const allOff = cells.find([]);
  return {
    scenario,
    defects,
    properties,
    allOn: along(defects),
    allOff: along([]),
    rows: defects.map((defect) => ({
      defect,
      alone: along([defect]),
      fixed: along(defects.filter((other) => other !== defect)),
    })),
    pairs: pairs.flatMap((pair) => readPair(pair, cells) ?? []),
    fixes,
    cells: cells.all,
    ok: allOff !== undefined && allOff.broken.length === 0 && allOff.judged.length > 0,
    cutShort,
  };
}

/** In the order of the verdict table. */
function propertiesBroken(cells: readonly AblationCell[]): string[] {
  const broken = new Set(cells.flatMap((cell) => cell.broken.map(({ name }) => name)));
  return PROPERTIES.map(({ name }) => name).filter((name) => broken.has(name));
}

function verdictOf(cell: AblationCell | undefined, property: string): CellVerdict {
  if (cell === undefined) return 'not-run';
  if (cell.broken.some(({ name }) => name === property)) return 'broke';
  return cell.judged.includes(property) ? 'held' : 'not-judged';
}
