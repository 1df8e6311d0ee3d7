// One soak: builds the world of a scenario, drives it through its plan, measures every calm, and keeps the record.
// Invariant: the digest depends on the scenario alone; observation, progress and interruption never change it.
import { faultSpansOf } from '../../sim/churn/calms.ts';
import { ChurnDriver } from '../../sim/churn/driver.ts';
import { CostAccount } from '../../sim/cost/account.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { Network } from '../../sim/network/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { Observer, RunBudget, RunOutcome } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import { MODELS } from '../../models/registry.ts';
import { boundsOf, DELIVERY_BOUND_US } from './bounds.ts';
import { allLooks } from './looks.ts';
import type { Observers } from './looks.ts';
import { Observation } from './observation.ts';
import type { CalmRecord, Checkpoint, CostRecord, SoakRecord, TimelineSample } from './record.ts';
import type { Soak } from './scenario.ts';
import { TimelineSampler } from './timeline.ts';
import { scheduleWorkload } from './workload.ts';

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
  /** Makes the simulation of a run, for whoever hosts it; it must have the seed. Default a new one. */
  readonly makeSimulation?: (seed: string) => Simulation;
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
  /** See {@link SoakOptions.makeSimulation}. */
  readonly makeSimulation?: (seed: string) => Simulation;
  readonly observer?: Observer;
  /** Keep an account of CPU time, if the model charges any; default false. */
  readonly keepCosts?: boolean;
}

/** Sets a soak up: world, initial nodes, churn and workload are scheduled, and nothing has run. */
export function startSoak(soak: Soak, options: StartOptions = {}): StartedSoak {
  const simulation = options.makeSimulation?.(soak.seed) ?? new Simulation({ seed: soak.seed });
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
  const moves = new Moves(soak, options, sliceUs);
  const { simulation } = moves.started;
  try {
    for (let move = moves.next(); ;) {
      if (move.done === true) return move.value;
      if ('simulation' in move.value) {
        yield move.value;
        move = moves.next();
      } else {
        const budget = move.value;
        move = moves.next(moves.guarded(() => simulation.run(budget)));
      }
    }
  } finally {
    moves.end();
  }
}

/**
 * {@link runSoak} for a world whose events need the real event loop between them, as those of hosted packages do: loads the
 * model first. One at a time in a thread. Digest and record are those of {@link runSoak}.
 */
export async function runSoakAsync(soak: Soak, options: SoakOptions = {}): Promise<SoakRecord> {
  await soak.model.load?.();
  const moves = new Moves(soak, options, SLICE_US);
  const { simulation, world } = moves.started;
  try {
    for (let move = moves.next(); ;) {
      if (move.done === true) return move.value;
      const { value } = move;
      if ('simulation' in value) {
        options.onProgress?.(value.share);
        move = moves.next();
      } else move = moves.next(await (world.advance?.(value) ?? simulation.run(value)));
    }
  } catch (error) {
    throw errorOfModel(error, soak, simulation);
  } finally {
    moves.end();
  }
}

/** What is to be done next of a run: run the simulation so far, or look at how far it has come. */
type Move = RunBudget | SoakProgress;

/** One run, move by move, whoever makes them. */
class Moves {
  readonly started: StartedSoak;
  private readonly soak: Soak;
  private readonly moves: Generator<Move, SoakRecord, RunOutcome>;

  constructor(soak: Soak, options: SoakOptions, sliceUs: number) {
    const { recorder, makeSimulation, observe = true, costWindows = false } = options;
    this.soak = soak;
    const started = startSoak(soak, {
      keepCosts: observe,
      ...(recorder === undefined ? {} : { recorder }),
      ...(makeSimulation === undefined ? {} : { makeSimulation }),
    });
    this.started = started;
    const observers = observe ? observersOf(soak, started, costWindows) : undefined;
    options.onStarted?.(started);
    this.moves = movesOf(soak, started, observers, options, sliceUs);
  }

  /**
   * The next move, or the record.
   *
   * @param outcome - What came of the last move, if it was to run.
   */
  next(outcome: RunOutcome = 'reached'): IteratorResult<Move, SoakRecord> {
    return this.guarded(() => this.moves.next(outcome));
  }

  /** The run is over, also if it threw. */
  end(): void {
    this.started.world.finish?.();
  }

  /** Runs an action, and throws an error of the model's author as such. */
  guarded<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw errorOfModel(error, this.soak, this.started.simulation);
    }
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

function* movesOf(
  soak: Soak,
  started: StartedSoak,
  observers: Observers | undefined,
  options: SoakOptions,
  sliceUs: number,
): Generator<Move, SoakRecord, RunOutcome> {
  const checkpoints: Checkpoint[] = [];
  const cutShort = yield* runThrough(soak, started.simulation, observers, checkpoints, options, sliceUs);
  // What it has to tell at its end belongs into the record.
  started.world.finish?.();
  return recordOf(soak, started, observers, checkpoints, cutShort);
}

/** Runs from look to look; `undefined` when the end was reached. */
function* runThrough(
  soak: Soak,
  simulation: Simulation,
  observers: Observers | undefined,
  checkpoints: Checkpoint[],
  options: SoakOptions,
  sliceUs: number,
): Generator<Move, SoakRecord['cutShort'], RunOutcome> {
  const looks = observers === undefined ? [] : allLooks(soak, observers);
  const { expired, maxEvents = Infinity } = options;
  let next = 0;
  for (; looks[next]?.atUs === simulation.nowUs; next++) looks[next]!.take();
  while (simulation.nowUs < soak.endUs) {
    const lookUs = looks[next]?.atUs ?? Infinity;
    const checkpointUs = Math.ceil((soak.endUs * (checkpoints.length + 1)) / CHECKPOINT_COUNT);
    const untilUs = Math.min(soak.endUs, lookUs, checkpointUs, simulation.nowUs + sliceUs);
    const outcome = yield {
      untilUs,
      maxEvents: maxEvents - simulation.eventCount,
      ...(expired === undefined ? {} : { expired }),
    };
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
