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
export type { LinkHolder } from './network/links.ts';
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

export { block, borrow, Future, never, panic, PENDING, ready, TaskPanic, yieldNow } from './tasks/future.ts';
export type { Pending, TaskBody, TaskOptions, Waker } from './tasks/future.ts';
export { Executor, IDLE_POLL_LIMIT } from './tasks/executor.ts';
export type { JoinResult, TaskHandle } from './tasks/task.ts';
export { TaskNode } from './tasks/task-node.ts';
export { channel } from './tasks/channel.ts';
export type { Channel, Receiver, Sender, WatchedChannel } from './tasks/channel.ts';
export { joinAll, race, select, selectOrElse } from './tasks/select.ts';
export type { Arm, Arms, Selected, SelectedElse, SelectOrder } from './tasks/select.ts';
export { Notify, Oneshot, Watch } from './tasks/sync.ts';
export { Interval, interval, Sleep, sleep, timeout } from './tasks/timers.ts';
export type { TimeoutResult } from './tasks/timers.ts';
export { TaskSet } from './tasks/task-set.ts';
export type { Joined } from './tasks/task-set.ts';
export { openTasks } from './tasks/open-tasks.ts';
export type { OpenTask } from './tasks/open-tasks.ts';
export type { Panic, TaskAccount, TaskSite } from './tasks/account.ts';

export { costTable, overriddenCosts } from './cost/table.ts';
export type { CostTable } from './cost/table.ts';
export { CostAccount } from './cost/account.ts';
export type { CostReading, CostStack } from './cost/account.ts';
