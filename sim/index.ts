// The public surface of the engine.
export { InputError, QuicksoakError, SimulationError } from './errors.ts';
export { EVENT, PeerDirectory, Simulation } from './simulation.ts';
export type { NodeEnd, Observer, RunBudget, RunOutcome } from './simulation.ts';
export { Node } from './node.ts';
export { PeerId } from './peer.ts';
export { Digest } from './digest.ts';
export { METER, METER_NAMES, Meters } from './meters.ts';
export type { MeterName } from './meters.ts';
export type { ReducerIo, TimerHandle } from './reducer.ts';
export type { World } from './world.ts';
export { formatDuration, parseDuration } from './duration.ts';

export { RandomStream, RandomStreams } from './random/stream.ts';
export type { StreamState } from './random/stream.ts';
export { PairSource } from './random/pair-source.ts';
export type { UniformSource } from './random/pair-source.ts';
export { contentId } from './random/hash.ts';
export { distributionSchema, sampler } from './random/distributions.ts';
export type { Distribution, Sampler } from './random/distributions.ts';

export { configuredFaults, FAULTS, networkConfigSchema } from './network/config.ts';
export type { Fault, NetworkConfig } from './network/config.ts';
export { Network } from './network/network.ts';
export { LinkedNode, LinkNetwork } from './network/links.ts';
export { DatagramNetwork } from './network/datagrams.ts';
export { clockOf, readClock, trueDelayUs, TRUE_CLOCK } from './network/clocks.ts';
export type { NodeClock } from './network/clocks.ts';
export { Cuts } from './network/cuts.ts';
export type { Obstacle } from './network/cuts.ts';
export type { Latency } from './network/latency.ts';

export { calmLengthUs, calmsOf } from './churn/calms.ts';
export type { Calm } from './churn/calms.ts';
export { ChurnDriver } from './churn/driver.ts';
export { parsePlan, serialisePlan } from './churn/plan.ts';
export type { ChurnAction, ChurnPlan } from './churn/plan.ts';
export { churnProfile, churnProfiles } from './churn/profiles.ts';
export type { ChurnProfile, ProfileInput, ResolvedProfile } from './churn/profile.ts';
export { parseAvt } from './churn/avt.ts';
export type { AvailabilityTrace } from './churn/avt.ts';

export { Ledger, NO_ENTRY } from './ledger/ledger.ts';
export type { EntryId, LedgerSummary, OpenEntry } from './ledger/ledger.ts';
export type { EntryKind } from './ledger/account.ts';

export { opaque } from './census/opaque.ts';
export { Census, NodeCensus, pathsTo, takeCensus } from './census/census.ts';
export { RetentionRules } from './census/retention.ts';
export type { Retention, Violation } from './census/retention.ts';

export { recordStep } from './recording/step.ts';
export type { Patch } from './recording/step.ts';
export { Timeline } from './recording/timeline.ts';
export type { Life, Moment, Recorder } from './recording/timeline.ts';
export { describeState, stateData } from './recording/describe.ts';
export type { ShowLimits } from './recording/describe.ts';
export { changesOf, describeChanges } from './recording/change.ts';
export type { Change } from './recording/change.ts';
