// One soak: builds the world of a scenario, drives it through its plan, measures every calm, and keeps the record.
// Invariant: the digest depends on the scenario alone; observation, progress and interruption never change it.
import type { Calm } from '../../sim/churn/calms.ts';
import { ChurnDriver } from '../../sim/churn/driver.ts';
import { Network } from '../../sim/network/network.ts';
import { longestLatencyUs } from '../../sim/network/latency.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { Observer } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import { Observation } from './observation.ts';
import type { SoakRecord } from './record.ts';
import type { Soak } from './scenario.ts';
import { scheduleWorkload } from './workload.ts';

/** Time between two looks at the overlay that make a pair, in microseconds. */
const LOOK_GAP_US = 5_000_000;
/** Time a broadcast has to reach every node, in microseconds (a round of the reference scenarios lasts as long). */
export const DELIVERY_BOUND_US = 5_000_000;
/** Virtual time between two reports of progress, in microseconds. */
const SLICE_US = 10_000_000;

/** How a soak is run. Nothing here changes what happens in it. */
export interface SoakOptions {
  /** Measure calms, and keep a ledger; default true. */
  readonly observe?: boolean;
  /** Called as virtual time passes, with the share done (0 to 1). */
  readonly onProgress?: (share: number) => void;
  /** Asked now and then; true ends the run early. */
  readonly expired?: () => boolean;
  /** Most events to handle in all; default unlimited. */
  readonly maxEvents?: number;
  /** Recording mode: receives every state and what changed it. */
  readonly recorder?: Recorder;
}

/** A soak that was set up and has not run yet: the simulation, its world and its churn. */
export interface StartedSoak {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly world: World;
  readonly driver: ChurnDriver;
}

/** Sets a soak up: world, initial nodes, churn and workload are scheduled, and nothing has run. */
export function startSoak(soak: Soak, options: { recorder?: Recorder; observer?: Observer } = {}): StartedSoak {
  const simulation = new Simulation({ seed: soak.seed });
  const network = new Network(simulation, soak.network);
  const world = soak.model.build({
    simulation,
    network,
    config: soak.config,
    defects: new Set(soak.defects),
    contacts: soak.contacts,
    ...(options.recorder === undefined ? {} : { recorder: options.recorder }),
  });
  if (options.observer !== undefined) simulation.observer = options.observer;
  const driver = new ChurnDriver(simulation, world, soak.plan);
  simulation.at(0, () => driver.startAll(soak.nodes, soak.startIntervalUs));
  driver.schedule();
  scheduleWorkload(simulation, world, soak);
  return { simulation, network, world, driver };
}

/** Runs a soak to its end, or to the end of its budget, and returns its record. */
export function runSoak(soak: Soak, options: SoakOptions = {}): SoakRecord {
  const started = startSoak(soak, options.recorder === undefined ? {} : { recorder: options.recorder });
  const { simulation, world, driver } = started;
  const observation =
    options.observe === false
      ? undefined
      : new Observation(simulation, world, driver, soak.model.retention(soak.config), DELIVERY_BOUND_US);
  const cutShort = runThrough(soak, simulation, observation, options);
  return recordOf(soak, started, observation, cutShort);
}

/** Least virtual time between the last churn and a broadcast that is judged: dead links must have idled out. */
export function settleUs(soak: Soak): number {
  const { connectTimeoutUs, idleTimeoutUs, latency } = soak.network;
  return connectTimeoutUs + idleTimeoutUs + 4 * longestLatencyUs(latency);
}

interface Look {
  readonly atUs: number;
  readonly take: () => void;
}

/** Runs from look to look; `undefined` when the end was reached. */
function runThrough(
  soak: Soak,
  simulation: Simulation,
  observation: Observation | undefined,
  options: SoakOptions,
): SoakRecord['cutShort'] {
  const looks = observation === undefined ? [] : soak.calms.flatMap((calm) => looksOf(soak, observation, calm));
  const { expired, maxEvents = Infinity } = options;
  let next = 0;
  while (simulation.nowUs < soak.endUs) {
    const look = looks[next];
    const untilUs = Math.min(soak.endUs, look?.atUs ?? Infinity, simulation.nowUs + SLICE_US);
    const outcome = simulation.run({
      untilUs,
      maxEvents: maxEvents - simulation.eventCount,
      ...(expired === undefined ? {} : { expired }),
    });
    if (outcome !== 'reached') return outcome;
    for (; looks[next]?.atUs === untilUs; next++) looks[next]!.take();
    options.onProgress?.(untilUs / soak.endUs);
    if (expired?.() === true) return 'expired';
  }
  return undefined;
}

/** When a calm is looked at. The overlay is looked at twice in a row, early, in the middle and at the end. */
function looksOf(soak: Soak, observation: Observation, calm: Calm): Look[] {
  const settledUs = calm.fromUs + settleUs(soak);
  const lastLookUs = calm.untilUs - LOOK_GAP_US;
  const middleUs = Math.floor(Math.min(Math.max((calm.fromUs + calm.untilUs) / 2, settledUs), lastLookUs));
  const pairAt = (atUs: number): Look[] => [
    { atUs, take: () => observation.lookFirst() },
    { atUs: atUs + LOOK_GAP_US, take: () => observation.lookAgain() },
  ];
  const earlyUs = calm.fromUs + 2 * settleUs(soak);
  return [
    ...(earlyUs + LOOK_GAP_US < middleUs ? pairAt(earlyUs) : []),
    { atUs: middleUs, take: () => observation.reachMiddle(calm) },
    ...(middleUs + LOOK_GAP_US < lastLookUs ? pairAt(middleUs) : []),
    ...pairAt(lastLookUs),
    { atUs: calm.untilUs, take: () => observation.finishCalm(calm) },
  ];
}

function recordOf(
  soak: Soak,
  { simulation, network, driver }: StartedSoak,
  observation: Observation | undefined,
  cutShort: SoakRecord['cutShort'],
): SoakRecord {
  const unused = observation !== undefined && observation.calms.length > 0 ? observation.rules.unused() : [];
  return {
    nodes: soak.nodes,
    seed: soak.seed,
    endUs: simulation.nowUs,
    digest: simulation.digest.hex,
    eventCount: simulation.eventCount,
    meters: simulation.meters.read(),
    calms: observation?.calms ?? [],
    ghostDials: observation?.ghosts ?? { total: 0, examples: [], perCalm: [] },
    ledger: simulation.ledger?.summary(),
    faults: { asked: [...network.asked], fired: { ...network.fired } },
    actions: driver.tallies,
    declarations: soak.model.retention(soak.config),
    unusedDeclarations: unused.map(({ path }) => path),
    again: undefined,
    cutShort,
  };
}
