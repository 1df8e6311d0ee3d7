// Rounds of broadcasts, and what each cost: redundancy, hops, misses, duration.
// Invariant: a payload or a delivery counts for the round of its own message, however late it comes.
import type { Packet } from '../../models/topics/contract.ts';
import type { Node } from '../../sim/node.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Observer, Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';

/** A round ends at the latest this long after its broadcasts, in microseconds. */
export const ROUND_LIMIT_US = 5_000_000;

/** A round is looked at this often, in microseconds; the next begins at such a look. */
const LOOK_US = 1_000;

/** What one round of broadcasts cost. */
export interface Round {
  /** Virtual time at which it began, in microseconds. */
  readonly beganUs: number;
  readonly broadcasts: number;
  /** Nodes that ran at its beginning. */
  readonly nodes: number;
  /** First deliveries owed: one per broadcast and node besides its origin. */
  readonly due: number;
  /** First deliveries owed that had not come when the round ended. */
  readonly missed: number;
  /** Share of nodes that had a message when the round ended, origins included: mean over its broadcasts, 0 to 1. */
  readonly reliability: number;
  /** The same of the broadcast that went farthest. */
  readonly widest: number;
  /**
   * Relative message redundancy (Plumtree, section 2.3): payloads received per node reached besides the origin, less
   * 1, over all broadcasts of the round; 0 when every node reached received each payload once, or none was reached.
   */
  readonly rmr: number;
  /** Last delivery hop: the most hops that a first delivery took. */
  readonly ldh: number;
  /** From the broadcasts to the last first delivery, in microseconds; {@link ROUND_LIMIT_US} when one was missed. */
  readonly durationUs: number;
}

/** Plays rounds on a world, one after the other, and counts. */
export class RoundPlayer {
  private readonly simulation: Simulation;
  private readonly world: World;
  private readonly tallies: Tally[] = [];
  private readonly spreadOf = new Map<string, Spread>();
  private current: Tally | undefined;

  /** Takes the place of the simulation's observer. */
  constructor(simulation: Simulation, world: World) {
    this.simulation = simulation;
    this.world = world;
    simulation.observer = this.observer();
  }

  /** One broadcast from each of `origins`; then runs until every running node has every message, or the limit. */
  play(origins: readonly Node[]): void {
    const { simulation, world } = this;
    const beganUs = simulation.nowUs;
    const nodes = simulation.live.length;
    const spreads: Spread[] = [];
    const tally: Tally = {
      beganUs,
      nodes,
      spreads,
      payloads: 0,
      deliveries: 0,
      ldh: 0,
      lastUs: beganUs,
      missed: 0,
      widest: 0,
    };
    this.tallies.push(tally);
    this.current = tally;
    origins.forEach((origin, place) => world.broadcast(origin, `${simulation.seed}/${beganUs} us/${place}`));
    this.current = undefined;
    const due = dueOf(tally);
    const limitUs = beganUs + ROUND_LIMIT_US;
    while (tally.deliveries < due && simulation.nowUs < limitUs) {
      simulation.run({ untilUs: Math.min(limitUs, simulation.nowUs + LOOK_US) });
    }
    tally.missed = due - tally.deliveries;
    for (const { reached } of spreads) tally.widest = Math.max(tally.widest, reached);
  }

  /** Runs on for a limit, so that what is under way is counted, gives the observer's place back, and sums up. */
  finish(): Round[] {
    this.simulation.run({ untilUs: this.simulation.nowUs + ROUND_LIMIT_US });
    this.simulation.observer = undefined;
    return this.tallies.map(roundOf);
  }

  private observer(): Observer {
    const { spreadOf, simulation } = this;
    return {
      event: (_timeUs, _node, kind, payload) => {
        // Closes and deadlines of links travel as symbols.
        if (kind !== EVENT.message || typeof payload !== 'object') return;
        const { message } = payload as Packet;
        if (message.kind !== 'gossip') return;
        const spread = spreadOf.get(message.id);
        if (spread !== undefined) spread.tally.payloads++;
      },
      broadcast: (_origin, id) => {
        if (this.current === undefined) return;
        const spread = { tally: this.current, reached: 1 };
        this.current.spreads.push(spread);
        spreadOf.set(id, spread);
      },
      delivered: (_node, id, hops) => {
        const spread = spreadOf.get(id);
        if (spread === undefined) return;
        const { tally } = spread;
        spread.reached++;
        tally.deliveries++;
        tally.ldh = Math.max(tally.ldh, hops);
        tally.lastUs = simulation.nowUs;
      },
    };
  }
}

/** One broadcast: how many nodes have it, its origin included. */
interface Spread {
  readonly tally: Tally;
  reached: number;
}

interface Tally {
  readonly beganUs: number;
  readonly nodes: number;
  readonly spreads: Spread[];
  payloads: number;
  deliveries: number;
  ldh: number;
  lastUs: number;
  missed: number;
  widest: number;
}

function dueOf({ spreads, nodes }: Tally): number {
  return spreads.length * (nodes - 1);
}

function roundOf(tally: Tally): Round {
  const { beganUs, nodes, spreads, payloads, deliveries, ldh, lastUs, missed, widest } = tally;
  const broadcasts = spreads.length;
  const due = dueOf(tally);
  return {
    beganUs,
    broadcasts,
    nodes,
    due,
    missed,
    reliability: broadcasts === 0 ? 0 : 1 - missed / (broadcasts * nodes),
    widest: broadcasts === 0 ? 0 : widest / nodes,
    rmr: deliveries === 0 ? 0 : payloads / deliveries - 1,
    ldh,
    durationUs: missed > 0 ? ROUND_LIMIT_US : lastUs - beganUs,
  };
}
