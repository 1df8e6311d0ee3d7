// Whether quicksoak itself leaks: many short soaks in one process, after which nothing of any of them may be left.
// Invariant: a measurement is taken between two soaks, after a full collection, when no run is under way.
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { QUICK } from '../../properties/corpus/stack.ts';
import { judgeSoak } from '../../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { ScenarioInput, Soak } from '../../properties/soak/scenario.ts';
import { growing } from '../../properties/slope.ts';
import type { Growth } from '../../properties/slope.ts';
import { collectedHeapMiB } from '../heap.ts';

/** What is left at a moment between two soaks. */
export interface Remains {
  /** Soaks so far. */
  readonly soaks: number;
  readonly heapKiB: number;
  /** Simulations, worlds and networks of past soaks that something still holds. */
  readonly simulations: number;
  readonly worlds: number;
  /** Handles and requests that keep the process alive, such as timers. */
  readonly resources: number;
  /** Contexts of the engine, such as those of workers or of evaluated code. */
  readonly contexts: number;
}

/** One figure of {@link Remains} over the soaks. */
export interface RemainsGrowth {
  readonly name: keyof Omit<Remains, 'soaks'>;
  readonly first: number;
  readonly last: number;
  readonly growth: Growth;
}

/** What a figure must have gained over the second half of the soaks to be a leak; below, it is noise. */
const LEAST_GROWTH = { heapKiB: 128, simulations: 1, worlds: 1, resources: 1, contexts: 1 } as const;
/** Share of the soaks in which code is compiled and caches of the runtime fill. */
const WARM_UP_SHARE = 0.1;

const PROFILES = ['kill-respawn', 'graceful', 'partition', 'sessions-exponential'];
const MODELS: readonly ScenarioInput[] = [
  { ...QUICK, nodes: 5 },
  { model: 'swarm', nodes: 6 },
  { model: 'hub', nodes: 5 },
  { model: 'tls-proxy', nodes: 4 },
];

/** The soak of a seed: the models take turns, and so do the profiles; two waves each. */
export function shortSoak(index: number): Soak {
  const name = PROFILES[Math.floor(index / MODELS.length) % PROFILES.length]!;
  const profile = { name, params: { waves: 2 } };
  const input = { ...MODELS[index % MODELS.length], seed: `self/${index}`, profile };
  return resolveScenario(parseScenario(input, 'self-leak'));
}

/** Runs soaks and holds nothing of them but weak references. */
export class SelfLeakWatch {
  private simulations: WeakRef<object>[] = [];
  private worlds: WeakRef<object>[] = [];
  private soaks = 0;

  /** Runs and judges one soak; every eighth twice, as a check of determinism does. */
  run(soak: Soak): void {
    this.soaks++;
    const { model } = soak;
    const watched: Soak['model'] = {
      ...model,
      build: (context) => {
        const world = model.build(context);
        this.simulations.push(new WeakRef(context.simulation));
        this.worlds.push(new WeakRef(world));
        return world;
      },
    };
    judgeSoak({ ...soak, model: watched }, { twice: this.soaks % 8 === 0 });
  }

  /** What is left now. To be called between two soaks. */
  async measure(): Promise<Remains> {
    // What a WeakRef was made of in a job is held until that job's end.
    await setImmediate();
    const heapKiB = collectedHeapMiB() * 1_024;
    this.simulations = held(this.simulations);
    this.worlds = held(this.worlds);
    const { number_of_native_contexts: contexts } = getHeapStatistics();
    const resources = process.getActiveResourcesInfo().length;
    return {
      soaks: this.soaks,
      heapKiB,
      simulations: this.simulations.length,
      worlds: this.worlds.length,
      resources,
      contexts,
    };
  }
}

function held(references: readonly WeakRef<object>[]): WeakRef<object>[] {
  return references.filter((reference) => reference.deref() !== undefined);
}

/** Says of each figure whether it grows with the soaks, once the process is warm. */
export function growthOf(series: readonly Remains[]): RemainsGrowth[] {
  const warm = series.filter(({ soaks }) => soaks >= WARM_UP_SHARE * (series.at(-1)?.soaks ?? 0));
  return (Object.keys(LEAST_GROWTH) as (keyof typeof LEAST_GROWTH)[]).map((name) => {
    const points = warm.map((remains) => ({ x: remains.soaks, y: remains[name] }));
    const growth = growing(points, { minimalGrowth: LEAST_GROWTH[name] });
    return { name, first: points[0]?.y ?? 0, last: points.at(-1)?.y ?? 0, growth };
  });
}
