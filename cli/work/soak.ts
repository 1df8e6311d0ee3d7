// Runs and judges one scenario.
import type { Catalogue } from '../../properties/catalogue.ts';
import type { Verdict } from '../../properties/property.ts';
import { tokenOf } from '../../properties/repro/token.ts';
import { judgeSoak } from '../../properties/soak/judge.ts';
import type { SoakResult } from '../../properties/soak/judge.ts';
import type { Checkpoint } from '../../properties/soak/record.ts';
import type { StartedSoak } from '../../properties/soak/run.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import { rowsOfRun } from '../../properties/incidents/report.ts';
import type { IncidentRow } from '../../properties/incidents/incident.ts';
import { needsCostWindows, needsTopology, outputFile } from '../../properties/usage/outputs.ts';
import type { RunFile, RunOutput } from '../../properties/usage/outputs.ts';
import { TopologyWatch } from '../../properties/view/topology-watch.ts';
import { usageOf } from '../../properties/usage/usage.ts';
import type { RunUsage } from '../../properties/usage/usage.ts';
import type { CutShort } from '../exit-codes.ts';
import { throttled } from './watch.ts';
import type { Watch } from './watch.ts';

/** What to run. */
export interface SoakOrder {
  readonly scenario: Scenario;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Absolute paths of modules with models and properties of one's own; default none. */
  readonly use?: readonly string[];
  /** Run a second time, for the property `deterministic`; default true. */
  readonly twice?: boolean;
  /** Most events of one run; default unlimited. */
  readonly maxEvents?: number;
  /** Most real time in all, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
  /** Files to make of the run; default none. */
  readonly outputs?: readonly RunOutput[];
}

/** A judged run as plain data. */
export interface JudgedRun {
  readonly header: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** 16 hexadecimal digits. */
  readonly digest: string;
  readonly eventCount: number;
  readonly checkpoints: readonly Checkpoint[];
  /** Virtual time reached, and the scenario's end, in microseconds. */
  readonly endUs: number;
  readonly plannedUs: number;
  readonly calmCount: number;
  readonly wallMs: number;
  /** Undefined when every run reached its end. */
  readonly cutShort: CutShort | undefined;
  /** Undefined when the run was cut short, or is too large for a token. */
  readonly token: string | undefined;
  /** Figures of the incident that the scenario is; empty when it is none, or the run was cut short. */
  readonly rows: readonly IncidentRow[];
  readonly usage: RunUsage;
  /** The files asked for, in their order. */
  readonly outputs: readonly RunFile[];
}

/** What to tell while it goes on. */
export interface SoakTeller {
  header(header: readonly string[]): void;
  progress(share: number): void;
}

/**
 * Runs and judges a scenario.
 *
 * @throws {InputError} For a scenario that does not resolve.
 */
export function workSoak(order: SoakOrder, catalogue: Catalogue, watch: Watch, tell: SoakTeller): JudgedRun {
  const soak = resolveScenario(order.scenario, order.where, catalogue);
  tell.header(soak.header);
  const { outputs = [] } = order;
  let topology: TopologyWatch | undefined;
  const result = judgeSoak(soak, {
    costWindows: needsCostWindows(outputs),
    ...(needsTopology(outputs)
      ? { onStarted: ({ simulation }: StartedSoak) => (topology = new TopologyWatch(simulation)) }
      : {}),
    twice: order.twice ?? true,
    expired: watch.expired,
    onProgress: throttled((share) => tell.progress(share)),
    ...(order.maxEvents === undefined ? {} : { maxEvents: order.maxEvents }),
  });
  const cutShort = watch.cause ?? (result.record.cutShort === undefined ? undefined : 'events-spent');
  return judgedRun(result, { cutShort, wallMs: watch.wallMs, outputs, topology });
}

/** How a run ended, and what is to be made of it. */
export interface Ended extends Pick<JudgedRun, 'cutShort' | 'wallMs'> {
  readonly outputs: readonly RunOutput[];
  /** What watched the topology, for the outputs that need it. */
  readonly topology: TopologyWatch | undefined;
}

/** A judged run as plain data, with the files that are to be made of it. */
export function judgedRun(result: SoakResult, { cutShort, wallMs, outputs, topology }: Ended): JudgedRun {
  const { soak, record, verdicts } = result;
  return {
    header: soak.header,
    verdicts,
    digest: record.digest,
    eventCount: record.eventCount,
    checkpoints: record.checkpoints,
    endUs: record.endUs,
    plannedUs: soak.endUs,
    calmCount: record.calms.length,
    wallMs,
    cutShort,
    token: cutShort === undefined ? tokenOf(result) : undefined,
    rows: cutShort === undefined ? rowsOfRun(result) : [],
    usage: usageOf(record),
    outputs: outputs.map((output) => outputFile(result, output, topology?.track)),
  };
}
