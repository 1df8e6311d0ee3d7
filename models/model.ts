// What a system under test declares: its configuration, its defects, what it retains on purpose, and its world.
// Invariant: declarations are checked against what a run shows, never trusted.
import type { GenericSchema } from 'valibot';
import type { CostTable } from '../sim/cost/table.ts';
import type { NetworkConfig } from '../sim/network/config.ts';
import type { Network } from '../sim/network/network.ts';
import type { Recorder } from '../sim/recording/timeline.ts';
import type { Retention } from '../sim/census/retention.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { World } from '../sim/world.ts';
import type { Defect } from './defect.ts';

/** What {@link Model.build} is given. */
export interface ModelContext<Config> {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly config: Config;
  /** Ids of the defects that are switched on; each is one of the model's. */
  readonly defects: ReadonlySet<string>;
  /** How many peers the run begins with: those with an index below. Default 0. */
  readonly nodes?: number;
  /** Indices of the peers that a starting node may ask to let it in; at least one. */
  readonly contacts: readonly number[];
  /** Keep a snapshot and patches of every event, for time travel; default false. */
  readonly recorder?: Recorder;
}

/**
 * A system under test.
 *
 * @typeParam Config - Its validated configuration.
 */
export interface Model<Config = unknown> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Papers or threads that it follows. */
  readonly source: string;
  /** Validates a configuration; every field has a default. */
  readonly configSchema: GenericSchema<unknown, Config>;
  readonly defects: readonly Defect[];
  /**
   * What of a configuration, a network and a number of initial nodes contradicts itself, as a sentence that says what was
   * received and what was expected; undefined when nothing does. Default: nothing.
   */
  contradiction?(config: Config, network: NetworkConfig, nodes: number): string | undefined;
  /** Actions of its own that a plan may name. */
  readonly acts: readonly string[];
  /** Those of {@link acts} that last: begun with the argument `on` true, ended with `on` false. Default none. */
  readonly switchedActs?: readonly string[];
  /** CPU time by frame, in microseconds; undefined for a model that charges none. */
  readonly costs?: CostTable;
  /** The longest timer that a node keeps re-arming, in microseconds: a calm must be longer. */
  longestTimerUs(config: Config): number;
  /** The longest time that it keeps something on purpose, in microseconds: a calm must be longer. */
  longestRetentionUs(config: Config): number;
  /** The longest time that a task or connection may outlive what it served on purpose, in microseconds; default 0. */
  lingerUs?(config: Config): number;
  /** What it keeps of departed peers on purpose, and the caps it promises. */
  retention(config: Config): readonly Retention[];
  /**
   * What must be done once before the first {@link build}, such as to import a package; asynchronous runs and the command
   * see to it. Done once, it does nothing more.
   */
  load?(): Promise<void>;
  build(context: ModelContext<Config>): World;
}
