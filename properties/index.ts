// The public surface of the properties: scenarios, soaks, judgements, repros.
export { broken, holds, notJudged } from './property.ts';
export type { Evidence, Property, Verdict } from './property.ts';
export { PROPERTIES, propertyNamed } from './judges/index.ts';
export { growing } from './slope.ts';
export type { Growth, GrowthOptions, Point } from './slope.ts';
export { theilSen } from './theil-sen.ts';
export type { Confidence, Slope } from './theil-sen.ts';

export {
  parseScenario,
  resolveScenario,
  scenarioNamed,
  SCENARIOS,
  scenarioSchema,
  uniqueScenarios,
} from './soak/scenario.ts';
export type { NamedScenario, Scenario, ScenarioInput, ScenarioList, Soak } from './soak/scenario.ts';
export { judgeSoak } from './soak/judge.ts';
export type { JudgeOptions, SoakResult } from './soak/judge.ts';
export { runSoak, startSoak } from './soak/run.ts';
export type { SoakOptions, StartedSoak } from './soak/run.ts';
export type { Bounds, CalmRecord, Driver, Drivers, SoakRecord, TimelineSample } from './soak/record.ts';
export type { ArrivalRecord, EntryFinding, LedgerLook, NodeEntries } from './soak/findings.ts';
export { MEMBERSHIP_CASES } from './corpus/membership.ts';
export type { CorpusCase } from './corpus/membership.ts';

export { decodeToken, encodeToken, TOKEN_VERSION, tokenOf } from './repro/token.ts';
export type { TokenContent } from './repro/token.ts';
export { parseRepro, REPRO_VERSION, serialiseRepro } from './repro/file.ts';
export type { Repro } from './repro/file.ts';
export { expectationOf, verifyRepro } from './repro/verify.ts';
export type { Expectation, Verification } from './repro/verify.ts';
export { compareRuns, laneOf } from './soak/compare.ts';
export type { Comparison, Divergence, Lane } from './soak/compare.ts';
export { inspection } from './soak/inspect.ts';
