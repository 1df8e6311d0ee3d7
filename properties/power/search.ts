// A search for a plan that shows a defect: as many plans drawn at random as evolved, all of one size, nodes and time.
// Invariant: the first generation is the same draws in both arms, so that what they differ by is the evolution; a find is a
// plan that holds without the defect. The outcome depends on the seeds alone, however many runs go on at once.
import type { Catalogue } from '../catalogue.ts';
import { explicitScenario } from '../soak/explicit.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';
import type { JobResult, SoakJob } from '../sweep/job.ts';
import type { JobOutcome } from '../sweep/outcome.ts';
import type { PowerCell, SoughtDefect } from './plan.ts';
import { Evolution, GENERATION } from './evolution.ts';
import { canVary, keptPeers } from './genome.ts';
import type { Habitat } from './genome.ts';
import { shows } from './report.ts';
import { STEEPNESS } from './steepness.ts';

/** What is searched for, and where. */
export interface SearchOrder {
  readonly cell: PowerCell;
  readonly defect: SoughtDefect;
  /** Root seed of the search; the network and the nodes are drawn from it, alike in every run. */
  readonly seed: string;
  /** Runs of each arm, without those that confirm a find. */
  readonly runs: number;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
}

/** Does a job; undefined when the search is to end. */
export type Runner = (job: SoakJob) => Promise<JobOutcome | undefined>;

/** What one arm of a search gave. */
export interface SearchArm {
  readonly runCount: number;
  readonly foundCount: number;
  /** Of which run, from 1, the first find was; null for none. */
  readonly firstFound: number | null;
  /** Finds that broke without the defect as well: these count as none. */
  readonly falseAlarmCount: number;
  readonly steepest: number;
}

/** What a search gave. */
export interface SearchResult {
  readonly seed: string;
  readonly drawn: SearchArm;
  readonly evolved: SearchArm;
  /** The plan that was found first by evolution, as a scenario with the defect; null for none. */
  readonly found: Scenario | null;
}

interface Tried {
  readonly scenario: Scenario;
  readonly plan: ChurnPlan;
  readonly steepness: number;
  readonly verdict: 'held' | 'found' | 'false-alarm' | 'unfinished';
}

/**
 * Searches in both ways; the runs of a generation may go on at once.
 *
 * @throws {InputError} `nothing-to-vary` for a canary whose churn is not drawn, or has no action that could be another.
 */
export async function search(order: SearchOrder, run: Runner, catalogue: Catalogue): Promise<SearchResult | undefined> {
  const { cell, seed, runs } = order;
  refuseUnsearchable(order, catalogue);
  const { nodes, forUs } = cell.canary.terms;
  const draws = Array.from({ length: runs }, (_, draw) => drawn(order, `${seed}/draw/${draw}`, catalogue));
  const habitat: Habitat = { nodes, keep: keptPeers(draws, nodes), endUs: forUs };
  const random = await tried(order, draws, run);
  if (random === undefined) return undefined;
  const evolution = new Evolution(habitat, seed);
  const evolved = random.slice(0, GENERATION);
  evolution.tell(evolved);
  while (evolved.length < runs) {
    const next = await tried(order, evolution.ask(Math.min(GENERATION, runs - evolved.length)), run);
    if (next === undefined) return undefined;
    evolution.tell(next);
    evolved.push(...next);
  }
  const found = evolved.find(({ verdict }) => verdict === 'found');
  return { seed, drawn: armOf(random), evolved: armOf(evolved), found: found?.scenario ?? null };
}

/**
 * Refuses a canary in which there is nothing to search for.
 *
 * @throws {InputError} `nothing-to-vary` for churn that is not drawn, or has no action that could be another.
 */
export function refuseUnsearchable(order: SearchOrder, catalogue: Catalogue): void {
  const { canary } = order.cell;
  if (canary.drawn && canVary(drawn(order, `${order.seed}/draw/0`, catalogue))) return;
  const received = canary.drawn ? 'churn that is not of single peers' : 'a scenario with a plan';
  const message = `--evolve: received ${received}, expected a profile that draws actions at single peers, as plans are drawn and then varied`;
  throw new InputError('nothing-to-vary', message, {});
}

/** The plan that the canary draws from a seed. */
function drawn({ cell, where }: SearchOrder, seed: string, catalogue: Catalogue): ChurnPlan {
  return explicitScenario(resolveScenario(cell.canary.scenario(seed), where, catalogue)).plan;
}

async function tried(order: SearchOrder, plans: readonly ChurnPlan[], run: Runner): Promise<Tried[] | undefined> {
  const all = await Promise.all(plans.map((plan) => triedOne(order, plan, run)));
  const whole = all.filter((one) => one !== undefined);
  return whole.length === all.length ? whole : undefined;
}

async function triedOne(order: SearchOrder, plan: ChurnPlan, run: Runner): Promise<Tried | undefined> {
  const { cell, defect, seed, where } = order;
  const base = cell.canary.scenario(seed);
  const clean: Scenario = { ...base, plan, profile: { name: 'none', params: {} } };
  const scenario: Scenario = { ...clean, defects: [...defect.defects] };
  const properties = base.properties === undefined ? {} : { properties: [...base.properties, STEEPNESS] };
  const outcome = await run({ scenario: { ...scenario, ...properties }, where });
  if (outcome === undefined) return undefined;
  const result = wholeResult(outcome);
  if (result === undefined) return { scenario, plan, steepness: 0, verdict: 'unfinished' };
  const steepness = Number(result.verdicts.find(({ name }) => name === STEEPNESS)?.figure ?? 0);
  if (!shows(result, defect)) return { scenario, plan, steepness, verdict: 'held' };
  const control = await run({ scenario: clean, where });
  if (control === undefined) return undefined;
  const held = wholeResult(control)?.causes.length === 0;
  return { scenario, plan, steepness, verdict: held ? 'found' : 'false-alarm' };
}

function wholeResult(outcome: JobOutcome): JobResult | undefined {
  return outcome.kind === 'done' && outcome.result.cutShort === null ? outcome.result : undefined;
}

function armOf(tries: readonly Tried[]): SearchArm {
  const first = tries.findIndex(({ verdict }) => verdict === 'found');
  const count = (kind: Tried['verdict']): number => tries.filter(({ verdict }) => verdict === kind).length;
  return {
    runCount: tries.length,
    foundCount: count('found'),
    firstFound: first < 0 ? null : first + 1,
    falseAlarmCount: count('false-alarm'),
    steepest: tries.reduce((most, { steepness }) => Math.max(most, steepness), 0),
  };
}

/** What evolution gained over drawing, over several searches. */
export interface Gain {
  readonly drawn: GainArm;
  readonly evolved: GainArm;
  /** Finds per run, evolved over drawn; null when drawing found none. */
  readonly findFactor: number | null;
  /** Runs to the first find, drawn over evolved, all runs of a search without one counted; null when neither found any. */
  readonly speedFactor: number | null;
}

/** One arm over several searches. */
export interface GainArm {
  readonly runCount: number;
  readonly foundCount: number;
  /** Searches with a find. */
  readonly successCount: number;
  /** Mean runs up to and with the first find, or all of a search without one. */
  readonly meanRunsToFind: number;
  readonly falseAlarmCount: number;
  readonly steepest: number;
}

/** Sums searches up; at least one. */
export function gainOf(results: readonly SearchResult[]): Gain {
  const drawnArm = gainArm(results.map((result) => result.drawn));
  const evolvedArm = gainArm(results.map((result) => result.evolved));
  const none = drawnArm.foundCount + evolvedArm.foundCount === 0;
  return {
    drawn: drawnArm,
    evolved: evolvedArm,
    findFactor: drawnArm.foundCount === 0 ? null : evolvedArm.foundCount / drawnArm.foundCount,
    speedFactor: none ? null : drawnArm.meanRunsToFind / evolvedArm.meanRunsToFind,
  };
}

function gainArm(arms: readonly SearchArm[]): GainArm {
  const sum = (figure: (arm: SearchArm) => number): number => arms.reduce((total, arm) => total + figure(arm), 0);
  return {
    runCount: sum(({ runCount }) => runCount),
    foundCount: sum(({ foundCount }) => foundCount),
    successCount: arms.filter(({ firstFound }) => firstFound !== null).length,
    meanRunsToFind: sum(({ firstFound, runCount }) => firstFound ?? runCount) / arms.length,
    falseAlarmCount: sum(({ falseAlarmCount }) => falseAlarmCount),
    steepest: arms.reduce((most, { steepest }) => Math.max(most, steepest), 0),
  };
}
