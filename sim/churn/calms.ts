// Calms: the stretches of a plan without churn, at whose ends residue is measured.
// Invariant: no action of the plan, and no return of a restarted or respawned peer, falls inside a calm.
import { lastMomentUs, type ChurnAction, type ChurnPlan } from './plan.ts';

/** A stretch without churn. What is left over is measured at `untilUs`. */
export interface Calm {
  /** The last moment of churn before it (or the start of the window); microseconds. */
  readonly fromUs: number;
  /** One microsecond before the action that ends it, or the end of the window; microseconds. */
  readonly untilUs: number;
  /** True when a fault was open all through it: a partition not healed, a hold not released, a black hole, an act not ended. */
  readonly faulted: boolean;
}

/** Where to look for calms, and how long one is. */
export interface CalmWindow {
  /** Least length of a calm in microseconds; an integer, 1 or more. */
  readonly calmUs: number;
  /** When the window begins, such as the end of the bootstrap; microseconds (included). */
  readonly startUs: number;
  /** When the run ends; microseconds (included). */
  readonly endUs: number;
  /**
   * Cuts a long stretch into calms of this length, each measured at its end, for runs that time alone drives;
   * microseconds, at least `calmUs`. A rest shorter than this joins the last calm of the stretch.
   * Default: a stretch is one calm.
   */
  readonly everyUs?: number;
}

/** The times of a model and its network that the length of a calm follows from; microseconds, each 0 or more. */
export interface CalmTimes {
  /** The longest delay any timer of the model is armed with. */
  readonly longestTimerUs: number;
  /** The longest time the model declares to retain a departed peer, or anything else, on purpose. */
  readonly longestRetentionUs: number;
  /** After how long a dial to a dead peer is given up. */
  readonly connectTimeoutUs: number;
  /** The longest one-way delay of a message. */
  readonly maxLatencyUs: number;
}

/**
 * How long a calm must be before what is left counts as residue, in microseconds.
 *
 * After the last departure, the worst legitimate chain is this: a survivor touches the departed peer only when its
 * longest timer fires, the message it sends and the news of it take a round trip each, the dial it causes runs into
 * its timeout, and only then does the longest retention begin. The four follow one another, so they add up.
 */
export function calmLengthUs(times: CalmTimes): number {
  return times.longestTimerUs + 4 * times.maxLatencyUs + times.connectTimeoutUs + times.longestRetentionUs + 1;
}

/**
 * Every calm of a plan within a window, in time order. Restarts and respawns count at both moments: when the peer goes
 * down and when it, or its successor, is back. An open network fault does not break a calm but marks it as faulted.
 */
export function calmsOf(plan: ChurnPlan, window: CalmWindow): Calm[] {
  const faults = new OpenFaults();
  const calms: Calm[] = [];
  let fromUs = window.startUs;
  for (const moment of momentsOf(plan)) {
    if (moment.atUs > window.endUs) break;
    if (moment.atUs > window.startUs) {
      pushCalms(calms, window, fromUs, moment.atUs, moment.atUs - 1, faults.open);
      fromUs = moment.atUs;
    }
    if (moment.action !== undefined) faults.apply(moment.action);
  }
  pushCalms(calms, window, fromUs, window.endUs, window.endUs, faults.open);
  return calms;
}

/** A stretch in which the open faults of a plan stayed the same, and at least one was open; microseconds. */
export interface FaultSpan {
  readonly fromUs: number;
  /** When the open faults changed (excluded); Infinity when they never do. */
  readonly untilUs: number;
  /** Peers that were black holes, or made to act against the protocol. */
  readonly peers: ReadonlySet<number>;
}

/** The stretches of a plan in which faults were open, in time order; none overlap. */
export function faultSpansOf(plan: ChurnPlan): FaultSpan[] {
  const faults = new OpenFaults();
  const spans: FaultSpan[] = [];
  let fromUs = 0;
  for (const action of plan.actions) {
    const peers = faults.open ? faults.peers() : undefined;
    if (!faults.apply(action)) continue;
    if (peers !== undefined && action.atUs > fromUs) spans.push({ fromUs, untilUs: action.atUs, peers });
    fromUs = action.atUs;
  }
  if (faults.open) spans.push({ fromUs, untilUs: Infinity, peers: faults.peers() });
  return spans;
}

interface Moment {
  readonly atUs: number;
  /** Undefined for the return of a peer. */
  readonly action: ChurnAction | undefined;
}

function momentsOf(plan: ChurnPlan): Moment[] {
  const moments: Moment[] = [];
  for (const action of plan.actions) {
    moments.push({ atUs: action.atUs, action });
    const returnUs = lastMomentUs(action);
    if (returnUs !== action.atUs) moments.push({ atUs: returnUs, action: undefined });
  }
  return moments.sort((a, b) => a.atUs - b.atUs);
}

/** Adds the calms of one stretch: churn at `fromUs` and at `nextUs` (or the end), last measured at `untilUs`. */
function pushCalms(
  calms: Calm[],
  window: CalmWindow,
  fromUs: number,
  nextUs: number,
  untilUs: number,
  faulted: boolean,
): void {
  if (nextUs - fromUs < window.calmUs) return;
  let beginUs = fromUs;
  if (window.everyUs !== undefined) {
    const everyUs = Math.max(window.everyUs, window.calmUs);
    while (nextUs - beginUs >= 2 * everyUs) {
      calms.push({ fromUs: beginUs, untilUs: beginUs + everyUs, faulted });
      beginUs += everyUs;
    }
  }
  calms.push({ fromUs: beginUs, untilUs, faulted });
}

/** The network faults that are open at a point of the plan. */
class OpenFaults {
  private readonly partitions = new Set<string>();
  private readonly holds = new Set<string>();
  private readonly blackHoles = new Set<number>();
  /** Acts with `on`, until the same with `on: false`: a node that misbehaves is a fault like any other. By peer. */
  private readonly acts = new Map<string, number>();

  get open(): boolean {
    return this.partitions.size + this.holds.size + this.blackHoles.size + this.acts.size > 0;
  }

  /** Peers that are at fault themselves. */
  peers(): ReadonlySet<number> {
    return new Set([...this.blackHoles, ...this.acts.values()]);
  }

  /** Takes an action into account; false when it is none of a fault. */
  apply(action: ChurnAction): boolean {
    switch (action.kind) {
      case 'partition':
        this.partitions.add(action.name ?? '');
        return true;
      case 'heal':
        if (action.name === undefined) this.partitions.clear();
        else this.partitions.delete(action.name);
        return true;
      case 'hold':
        this.holds.add(`${action.from}>${action.to}`);
        return true;
      case 'release':
        this.holds.delete(`${action.from}>${action.to}`);
        return true;
      case 'black-hole':
        if (action.on) this.blackHoles.add(action.peer);
        else this.blackHoles.delete(action.peer);
        return true;
      case 'act':
        if (action.args?.['on'] === true) this.acts.set(`${action.peer} ${action.act}`, action.peer);
        else if (action.args?.['on'] === false) this.acts.delete(`${action.peer} ${action.act}`);
        return typeof action.args?.['on'] === 'boolean';
      default:
        return false;
    }
  }
}
