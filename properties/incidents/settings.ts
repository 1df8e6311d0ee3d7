// What the incidents share: a mesh whose slow timers run faster, and plans that are the same in every run.
// Invariant: only times that no story depends on are shortened, so that a calm lasts about a minute.
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';

/** One virtual second. */
export const SECOND_US = 1_000_000;

/** A plan in which nothing happens. */
export const NOTHING: ChurnPlan = { version: 1, actions: [] };

/** Where the waves of a plan lie. */
export interface Waves {
  readonly waves: number;
  readonly perWave: number;
  readonly firstUs: number;
  /** From the begin of one wave to that of the next. */
  readonly everyUs: number;
  /** Between two actions of a wave. */
  readonly gapUs: number;
}

/** A plan of waves; `make` is given the number of the action over all waves, from 0. */
export function wavesOf(
  { waves, perWave, firstUs, everyUs, gapUs }: Waves,
  make: (count: number) => (atUs: number) => ChurnAction,
): ChurnPlan {
  const actions: ChurnAction[] = [];
  for (let wave = 0; wave < waves; wave++) {
    for (let count = 0; count < perWave; count++) {
      actions.push(make(wave * perWave + count)(firstUs + wave * everyUs + count * gapUs));
    }
  }
  return { version: 1, actions };
}

/** The same act, by the nodes in turn. */
export function actsInTurn(nodes: number, act: string): (count: number) => (atUs: number) => ChurnAction {
  return (count) => (atUs) => ({ atUs, kind: 'act', peer: count % nodes, act });
}

/** Kills nodes in turn; a fresh identity takes the place of each at once. */
export class Respawns {
  private readonly places: number[];
  private readonly firstFresh: number;
  private done = 0;

  /**
   * @param places - Peers to begin with.
   * @param firstFresh - Index of the first fresh identity.
   */
  constructor(places: readonly number[], firstFresh: number) {
    this.places = [...places];
    this.firstFresh = firstFresh;
  }

  /** The next kill. */
  next(atUs: number): ChurnAction {
    const place = this.done % this.places.length;
    const peer = this.places[place]!;
    const fresh = this.firstFresh + this.done;
    this.places[place] = fresh;
    this.done++;
    return { atUs, kind: 'respawn', peer, fresh };
  }
}
