// The public surface of the properties: scenarios, soaks, judgements, repros.
export { broken, holds, notJudged } from './property.ts';
export type { CalmMoment, Evidence, Property, PropertyWatch, Verdict } from './property.ts';
export { always } from './own/always.ts';
export type { Always } from './own/always.ts';
export { eventually } from './own/eventually.ts';
export type { Eventually } from './own/eventually.ts';
export { plateaus } from './own/plateaus.ts';
export type { Plateaus } from './own/plateaus.ts';
export { settles } from './own/settles.ts';
export type { Settles } from './own/settles.ts';
export type { NodeView, StateSource } from './own/source.ts';
export { BUILT_IN, catalogueWith } from './catalogue.ts';
export type { Catalogue, OwnParts } from './catalogue.ts';
export { causesOf, causeText } from './causes.ts';
export type { Cause } from './causes.ts';
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
export { refuseUnknownPeers } from './soak/plan-peers.ts';
export { explicitScenario } from './soak/explicit.ts';
export type { ExplicitScenario } from './soak/explicit.ts';
export { judgeSoak, judgeSoakAsync } from './soak/judge.ts';
export type { JudgeOptions, SoakResult } from './soak/judge.ts';
export { runSoak, runSoakAsync, startSoak } from './soak/run.ts';
export type { SoakOptions, StartedSoak } from './soak/run.ts';
export type { Bounds, CalmRecord, Driver, Drivers, SoakRecord, TimelineSample } from './soak/record.ts';
export type { ArrivalRecord, EntryFinding, LedgerLook, NodeEntries } from './soak/findings.ts';
export { MEMBERSHIP_CASES } from './corpus/membership.ts';
export { STACK_CASES } from './corpus/stack.ts';
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

export { shrinkScenario } from './shrink/shrink.ts';
export type { Shrunk, ShrinkOptions, ShrinkStep } from './shrink/shrink.ts';
export { shrinkable } from './shrink/shrinkable.ts';
export type { ShrinkableOptions } from './shrink/shrinkable.ts';
export { hintsOf } from './shrink/hints.ts';
export type { Hints } from './shrink/hints.ts';
export { isSmaller, sizeOf } from './shrink/size.ts';
export type { ScenarioSize } from './shrink/size.ts';

export { ablate } from './ablation/ablation.ts';
export type { AblateOptions, Ablation, AblationRow } from './ablation/ablation.ts';
export { INCIDENTS } from './incidents/index.ts';
export type { Incident, IncidentRow, IncidentRun, IncidentRuns } from './incidents/incident.ts';
export { playIncident } from './incidents/report.ts';
export type { IncidentReport } from './incidents/report.ts';
export { usageOf } from './usage/usage.ts';
export type { RunUsage } from './usage/usage.ts';
export { explain } from './explain/explain.ts';
export type { Explanation, ExplainOptions, FoundLeak, HoldingTask, LeavingPrefix } from './explain/explain.ts';
export type { EntryFault, Leak, LeakedEntry, LeakedMention } from './explain/leak.ts';
export type { Happening, Release, ShorterRun, Turn } from './explain/release.ts';
export type { StoryLine } from './explain/story.ts';
export { summaryOf as explanationSentences } from './explain/summary.ts';
export type { Explained } from './explain/summary.ts';
export type { Narrowing } from './explain/targets.ts';
export { LogCheck } from './check/log-check.ts';
export type { CheckOptions, CheckResult, Skipped } from './check/log-check.ts';
export type { Shortfall } from './check/shortfall.ts';
export type { LogSource } from './check/log-source.ts';
export { parseMapping } from './check/mapping.ts';
export type { Mapping } from './check/mapping.ts';
export type { CheckTerms, TermsInput } from './check/terms.ts';
export { writeEventLog } from './check/event-log.ts';
export type { EventLogOptions } from './check/event-log.ts';
export { FLAME_FORMATS, flameFormatOf, writeFlame } from './flame/flame.ts';
export type { FlameFormat, FlameOptions } from './flame/flame.ts';
export { parseTripwire, tripped } from './flame/tripwire.ts';
export type { FlameWindow, Tripwire } from './flame/tripwire.ts';
export { tripwireSamples } from './flame/timeline-metrics.ts';

export { soakProperty } from './soak-property/soak-property.ts';
export type { SoakPropertyOptions } from './soak-property/soak-property.ts';
export { SoakFailure } from './soak-property/failure.ts';
export { scenarios } from './arbitraries/scenarios.ts';
export { CHURN_SOURCES } from './arbitraries/scenario-options.ts';
export type { ChurnSource, ScenarioOptions } from './arbitraries/scenario-options.ts';
export { churnPlans } from './arbitraries/churn-plans.ts';
export type { ChurnPlanOptions } from './arbitraries/churn-plans.ts';
export { CHANGE_KINDS } from './arbitraries/planned-churn.ts';
export type { ChangeKind, PlannedAct } from './arbitraries/planned-churn.ts';
export { PROFILE_NAMES } from './arbitraries/profiles.ts';
export type { ProfileName } from './arbitraries/profiles.ts';
export { NETWORK_FAULTS, networkFaults } from './arbitraries/networks.ts';
export type { DrawnNetwork, NetworkFault, NetworkFaultOptions } from './arbitraries/networks.ts';
export { latencies, LATENCY_KINDS } from './arbitraries/latencies.ts';
export type { LatencyKind, LatencyOptions } from './arbitraries/latencies.ts';
export { workloads } from './arbitraries/workloads.ts';
export type { WorkloadOptions } from './arbitraries/workloads.ts';
export type { Range } from './arbitraries/ranges.ts';

export { exportRun, windowOf } from './traces/export.ts';
export type { Exported, ExportTerms, TraceWriter } from './traces/export.ts';
export { EXPORT_FORMATS, exportFormat } from './traces/formats.ts';
export type { ExportFormat, WriterTerms } from './traces/formats.ts';
export type { Life, Message, TracedEntry, TraceListener, Turn as TracedTurn } from './traces/happenings.ts';
export type { TextOut } from './traces/text-out.ts';
export { parseClusterMapping } from './cluster/mapping.ts';
export type { ClusterMapping } from './cluster/mapping.ts';
export { clusterScript } from './cluster/script.ts';
export type { ClusterScript, CountedLack } from './cluster/script.ts';

export { runJob } from './sweep/job.ts';
export type { JobResult, JobVerdict, SoakJob } from './sweep/job.ts';
export { metricsOf } from './sweep/metrics.ts';
export type { Metrics } from './sweep/metrics.ts';
export { findingsOf, findingText } from './sweep/outcome.ts';
export type { JobOutcome, SweepFinding } from './sweep/outcome.ts';
export { sweepReport } from './sweep/report.ts';
export type { SweepReport } from './sweep/report.ts';
export type { SweepCell, SweepPlan } from './sweep/plan.ts';
