// One soak: builds the world of a scenario, drives it through its plan, measures every calm, and keeps the record.
// Invariant: the digest depends on the scenario alone; observation, progress and interruption never change it.
import { faultSpansOf } from '../../sim/churn/calms.ts';
import type { Calm } from '../../sim/churn/calms.ts';
import { ChurnDriver } from '../../sim/churn/driver.ts';
import { CostAccount } from '../../sim/cost/account.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { Network } from '../../sim/network/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { Observer } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import { MODELS } from '../../models/registry.ts';
import { boundsOf, DELIVERY_BOUND_US, settleUs } from './bounds.ts';
import { Observation } from './observation.ts';
import type { CalmRecord, Checkpoint, CostRecord, SoakRecord, TimelineSample } from './record.ts';
import type { Soak } from './scenario.ts';
import { sampleTimes, TimelineSampler } from './timeline.ts';
import { scheduleWorkload } from './workload.ts';

/** Least time between two looks at the overlay that make a pair, in microseconds. */
const LEAST_LOOK_GAP_US = 5_000_000;
/** Most virtual time between two reports of progress, in microseconds. */
const SLICE_US = 10_000_000;
/** Moments of a run at which its digest is kept. */
const CHECKPOINT_COUNT = 64;

/** How a soak is run. Nothing here changes what happens in it. */
export interface SoakOptions {
  /** Measure calms, and keep a ledger, a cost account and a timeline; default true. */
  readonly observe?: boolean;
  /** Keep a reading of the cost account with each sample of the timeline, for flame graphs of windows; default false. */
  readonly costWindows?: boolean;
  /** Called as virtual time passes, with the share done (0 to 1). */
  readonly onProgress?: (share: number) => void;
  /** Asked now and then; true ends the run early. */
  readonly expired?: () => boolean;
  /** Most events to handle in all; default unlimited. */
  readonly maxEvents?: number;
  /** Recording mode: receives every state and what changed it. */
  readonly recorder?: Recorder;
  /** Called when the run is set up and nothing has run: whoever else watches it joins here. It must read and never steer. */
  readonly onStarted?: (started: StartedSoak) => void;
}

/** How far a soak has come, and what was seen so far. */
export interface SoakProgress {
  /** Share of the virtual time that is done, 0 to 1. */
  readonly share: number;
  readonly simulation: Simulation;
  /** Empty when the run is not observed. */
  readonly timeline: readonly TimelineSample[];
  readonly calms: readonly CalmRecord[];
  readonly checkpoints: readonly Checkpoint[];
}

/** A soak that was set up and has not run yet: the simulation, its world and its churn. */
export interface StartedSoak {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly world: World;
  readonly driver: ChurnDriver;
}

/** What a soak is set up with besides its scenario; none of it changes the run. */
export interface StartOptions {
  readonly recorder?: Recorder;
  readonly observer?: Observer;
  /** Keep an account of CPU time, if the model charges any; default false. */
  readonly keepCosts?: boolean;
}

/** Sets a soak up: world, initial nodes, churn and workload are scheduled, and nothing has run. */
export function startSoak(soak: Soak, options: StartOptions = {}): StartedSoak {
  const simulation = new Simulation({ seed: soak.seed });
  if (options.keepCosts === true && soak.costs !== undefined) simulation.costs = new CostAccount(soak.costs);
  const network = new Network(simulation, soak.network);
  const world = soak.model.build({
    simulation,
    network,
    config: soak.config,
    defects: new Set(soak.defects),
    nodes: soak.nodes,
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
  const steps = soakSteps(soak, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    options.onProgress?.(step.value.share);
  }
}

/**
 * {@link runSoak} in steps of at most `sliceUs` of virtual time, so that whoever runs it can turn to other things between
 * them; `onProgress` is not called.
 *
 * @param sliceUs - Microseconds, an integer, 1 or more; default 10 s. It changes nothing in the run.
 */
export function* soakSteps(
  soak: Soak,
  options: SoakOptions = {},
  sliceUs = SLICE_US,
): Generator<SoakProgress, SoakRecord, undefined> {
  const { recorder, observe = true, costWindows = false } = options;
  const started = startSoak(soak, { keepCosts: observe, ...(recorder === undefined ? {} : { recorder }) });
  const observers = observe ? observersOf(soak, started, costWindows) : undefined;
  options.onStarted?.(started);
  try {
    const checkpoints: Checkpoint[] = [];
    const cutShort = yield* runThrough(soak, started.simulation, observers, checkpoints, options, sliceUs);
    return recordOf(soak, started, observers, checkpoints, cutShort);
  } catch (error) {
    throw errorOfModel(error, soak, started.simulation);
  }
}

/**
 * What to throw when a run threw: what a model of one's own throws is its author's to mend, `model-threw`; what one of ours
 * throws is our bug, and stays as it is.
 */
export function errorOfModel(error: unknown, { model }: Soak, { nowUs }: Simulation): unknown {
  if (error instanceof InputError || MODELS.includes(model)) return error;
  const place = error instanceof Error ? /^\s*at .*$/m.exec(error.stack ?? '')?.[0].trim() : undefined;
  const message = `model ${JSON.stringify(model.name)}: threw ${String(error)} at ${formatDuration(nowUs)}${place === undefined ? '' : `, ${place}`}`;
  return new InputError('model-threw', message, { model: model.name, atUs: nowUs }, error);
}

/** What watches a run. */
interface Observers {
  readonly observation: Observation;
  readonly sampler: TimelineSampler;
}

function observersOf(soak: Soak, { simulation, world, driver }: StartedSoak, costWindows: boolean): Observers {
  const observation = new Observation(simulation, world, driver, {
    retention: soak.model.retention(soak.config),
    deliveryBoundUs: DELIVERY_BOUND_US,
    connectTimeoutUs: soak.network.connectTimeoutUs,
    bounds: boundsOf(soak),
    hosts: soak.contacts,
    faults: faultSpansOf(soak.plan),
    properties: soak.properties,
  });
  return { observation, sampler: new TimelineSampler(simulation, driver, soak.calms, costWindows) };
}

interface Look {
  readonly atUs: number;
  readonly take: () => void;
}

/** Runs from look to look; `undefined` when the end was reached. */
function* runThrough(
  soak: Soak,
  simulation: Simulation,
  observers: Observers | undefined,
  checkpoints: Checkpoint[],
  options: SoakOptions,
  sliceUs: number,
): Generator<SoakProgress, SoakRecord['cutShort'], undefined> {
  const looks = observers === undefined ? [] : allLooks(soak, observers);
  const { expired, maxEvents = Infinity } = options;
  let next = 0;
  for (; looks[next]?.atUs === simulation.nowUs; next++) looks[next]!.take();
  while (simulation.nowUs < soak.endUs) {
    const lookUs = looks[next]?.atUs ?? Infinity;
    const checkpointUs = Math.ceil((soak.endUs * (checkpoints.length + 1)) / CHECKPOINT_COUNT);
    const untilUs = Math.min(soak.endUs, lookUs, checkpointUs, simulation.nowUs + sliceUs);
    const outcome = simulation.run({
      untilUs,
      maxEvents: maxEvents - simulation.eventCount,
      ...(expired === undefined ? {} : { expired }),
    });
    if (outcome !== 'reached') return outcome;
    if (untilUs === checkpointUs) checkpoints.push({ atUs: untilUs, digest: simulation.digest.hex });
    for (; looks[next]?.atUs === untilUs; next++) looks[next]!.take();
    yield {
      share: untilUs / soak.endUs,
      simulation,
      timeline: observers?.sampler.samples ?? [],
      calms: observers?.observation.calms ?? [],
      checkpoints,
    };
    if (expired?.() === true) return 'expired';
  }
  return undefined;
}

/** Every look at a run, in time order; the timeline is sampled after the calms are looked at. */
function allLooks(soak: Soak, { observation, sampler }: Observers): Look[] {
  const looks = soak.calms.flatMap((calm) => looksOf(soak, observation, calm));
  const samples = sampleTimes(soak.endUs).map((atUs) => ({ atUs, take: () => sampler.take() }));
  return [...looks, ...samples].toSorted((a, b) => a.atUs - b.atUs);
}

/** When a calm is looked at. The overlay is looked at twice in a row, early, in the middle and at the end. */
function looksOf(soak: Soak, observation: Observation, calm: Calm): Look[] {
  const gapUs = lookGapUs(soak);
  const settledUs = calm.fromUs + settleUs(soak);
  const lastLookUs = calm.untilUs - gapUs;
  const middleUs = Math.floor(Math.min(Math.max((calm.fromUs + calm.untilUs) / 2, settledUs), lastLookUs));
  const pairAt = (atUs: number): Look[] => [
    { atUs, take: () => observation.lookFirst() },
    { atUs: atUs + gapUs, take: () => observation.lookAgain() },
  ];
  const earlyUs = calm.fromUs + 2 * settleUs(soak);
  return [
    ...(earlyUs + gapUs < middleUs ? pairAt(earlyUs) : []),
    { atUs: middleUs, take: () => observation.reachMiddle(calm) },
    ...(middleUs + gapUs < lastLookUs ? pairAt(middleUs) : []),
    ...pairAt(lastLookUs),
    { atUs: calm.untilUs, take: () => observation.finishCalm(calm) },
  ];
}

/**
 * Time between two looks that make a pair, in microseconds: an edge that is one-sided for longer stays so. One side may
 * lack the other while a handshake is under way and, where messages are lost, until the idle timeout.
 */
function lookGapUs(soak: Soak): number {
  const { lossShare, idleTimeoutUs } = soak.network;
  return Math.max(LEAST_LOOK_GAP_US, settleUs(soak) - (lossShare > 0 ? 0 : idleTimeoutUs));
}

function recordOf(
  soak: Soak,
  { simulation, network, driver }: StartedSoak,
  observers: Observers | undefined,
  checkpoints: readonly Checkpoint[],
  cutShort: SoakRecord['cutShort'],
): SoakRecord {
  const observation = observers?.observation;
  const unused = observation !== undefined && observation.calms.length > 0 ? observation.rules.unused() : [];
  const seen = observation?.finish() ?? { arrivals: undefined, discarded: new Map(), watched: new Map() };
  const { tasks } = simulation;
  return {
    nodes: soak.nodes,
    seed: soak.seed,
    endUs: simulation.nowUs,
    digest: simulation.digest.hex,
    eventCount: simulation.eventCount,
    checkpoints,
    meters: simulation.meters.read(),
    calms: observation?.calms ?? [],
    ghostDials: observation?.ghosts ?? { total: 0, examples: [], perCalm: [] },
    bounds: boundsOf(soak),
    tasks: { sites: tasks.summary(), panicCount: tasks.panicCount, panics: [...tasks.panics] },
    cost: costOf(simulation),
    ...seen,
    timeline: observers?.sampler.samples ?? [],
    ledger: simulation.ledger?.summary(),
    faults: { asked: [...network.asked], fired: { ...network.fired } },
    actions: driver.tallies,
    declarations: soak.model.retention(soak.config),
    unusedDeclarations: unused.map(({ path }) => path),
    again: undefined,
    cutShort,
  };
}

function costOf({ costs }: Simulation): CostRecord | undefined {
  return costs === undefined ? undefined : { totalUs: costs.totalUs, stacks: costs.stacks() };
}
