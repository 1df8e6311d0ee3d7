// Tells what the nodes of a simulated run spend: joins, messages, timers, wake-ups, CPU, panics, in sums from time to time.
// Invariant: whatever the meters gained is told of once, of the node whose event it was gained in.
import { METER } from '../../sim/meters.ts';
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { SiteAccount } from '../../sim/tasks/account.ts';
import type { WrittenEvent } from './event.ts';

/** Meters that are told of as they are; joins and dials are told apart. */
const TOLD = [
  ['discovered', METER.discoveries],
  ['messages', METER.messagesSent],
  ['timers-fired', METER.timersFired],
  ['dial-failed', METER.dialsFailed],
] as const;

/** Polls at one site, as far as they were taken in. */
interface Polls {
  polls: number;
  idle: number;
  livelocks: number;
  longestIdle: number;
}

interface Spending {
  readonly counts: Float64Array;
  readonly polls: Map<string, Polls>;
  cpuUs: number;
}

/** See the file's head. */
export class SpendingTeller {
  /** Dials that were told of one by one since the meters were read last. */
  dials = 0;
  private readonly simulation: Simulation;
  private readonly tellEvent: (node: Node, event: WrittenEvent) => void;
  private counts: Float64Array;
  private readonly seen = new Map<string, Polls>();
  private readonly spent = new Map<Node, Spending>();
  /** CPU time of each node, as far as it was told of. */
  private readonly cpuUs = new WeakMap<Node, number>();
  private panics = 0;
  /** Whose event is at hand; what an action of the plan causes is told of the node that had the event before. */
  private node: Node | undefined = undefined;

  constructor(simulation: Simulation, tell: (node: Node, event: WrittenEvent) => void) {
    this.simulation = simulation;
    this.tellEvent = tell;
    this.counts = simulation.meters.read();
  }

  /** An event of `next` begins: what was gained until now was gained before. */
  attribute(next: Node): void {
    this.gather();
    if ((next.peer as Node['peer'] | undefined) !== undefined) this.node = next;
  }

  /** Tells of all that was spent. */
  tell(): void {
    this.gather();
    for (const node of this.simulation.running()) this.spendCpu(node);
    for (const [node, spending] of this.spent) this.tellOf(node, spending);
    this.spent.clear();
  }

  /** Tells of what a node spent that has come to its end. */
  tellEnd(node: Node): void {
    this.gather();
    this.spendCpu(node);
    const spending = this.spent.get(node);
    if (spending === undefined) return;
    this.tellOf(node, spending);
    this.spent.delete(node);
  }

  private gather(): void {
    const { counts } = this.simulation.meters;
    const node = this.whose();
    if (node === undefined) return;
    let spending: Spending | undefined;
    for (let meter = 0; meter < counts.length; meter++) {
      const gained = counts[meter]! - this.counts[meter]!;
      if (gained === 0) continue;
      spending ??= this.of(node);
      spending.counts[meter]! += gained;
      this.counts[meter] = counts[meter]!;
    }
    if (this.dials > 0) {
      this.of(node).counts[METER.dials]! -= this.dials;
      this.dials = 0;
    }
    this.gatherPolls(node);
    this.tellPanics();
  }

  /** A node that can still tell: what is gained while one ends is told of another. */
  private whose(): Node | undefined {
    return this.node?.running === true ? this.node : this.simulation.live[0];
  }

  private gatherPolls(node: Node): void {
    for (const account of this.simulation.tasks.eachSite()) {
      let seen = this.seen.get(account.site);
      if (seen === undefined) this.seen.set(account.site, (seen = { polls: 0, idle: 0, livelocks: 0, longestIdle: 0 }));
      if (seen.polls === account.polls && seen.livelocks === account.livelocks) continue;
      const polls = this.pollsOf(node, account.site);
      polls.polls += account.polls - seen.polls;
      polls.idle += account.idlePolls - seen.idle;
      polls.livelocks += account.livelocks - seen.livelocks;
      if (account.longestIdleRun > seen.longestIdle) polls.longestIdle = account.longestIdleRun;
      take(seen, account);
      if (polls.longestIdle > 0 || polls.livelocks > 0) this.tellPolls(node, account.site, polls);
    }
  }

  private pollsOf(node: Node, site: string): Polls {
    const { polls } = this.of(node);
    let own = polls.get(site);
    if (own === undefined) polls.set(site, (own = { polls: 0, idle: 0, livelocks: 0, longestIdle: 0 }));
    return own;
  }

  private of(node: Node): Spending {
    let spending = this.spent.get(node);
    if (spending === undefined) {
      const counts = new Float64Array(this.counts.length);
      this.spent.set(node, (spending = { counts, polls: new Map<string, Polls>(), cpuUs: 0 }));
    }
    return spending;
  }

  private spendCpu(node: Node): void {
    if (this.simulation.costs === undefined) return;
    const us = node.cpuUs - (this.cpuUs.get(node) ?? 0);
    this.cpuUs.set(node, node.cpuUs);
    if (us > 0) this.of(node).cpuUs += us;
  }

  private tellOf(node: Node, { counts, polls, cpuUs }: Spending): void {
    const many = (count: number): number | undefined => (count === 1 ? undefined : count);
    const redundant = counts[METER.joinsRedundant]!;
    const effective = counts[METER.joins]! - redundant;
    if (effective > 0) this.tellEvent(node, { kind: 'join', count: many(effective) });
    if (redundant > 0) this.tellEvent(node, { kind: 'join', changed: false, count: many(redundant) });
    if (counts[METER.dials]! > 0) this.tellEvent(node, { kind: 'dial', count: many(counts[METER.dials]!) });
    for (const [kind, meter] of TOLD) {
      if (counts[meter]! > 0) this.tellEvent(node, { kind, count: many(counts[meter]!) });
    }
    for (const [site, own] of polls) this.tellPolls(node, site, own);
    if (cpuUs > 0) this.tellEvent(node, { kind: 'cpu', us: cpuUs });
  }

  private tellPolls(node: Node, site: string, polls: Polls): void {
    const { polls: count, idle, longestIdle, livelocks } = polls;
    if (count === 0 && livelocks === 0) return;
    this.tellEvent(node, {
      kind: 'wakes',
      site,
      count,
      idle,
      longestIdle: longestIdle === 0 ? undefined : longestIdle,
      livelocks: livelocks === 0 ? undefined : livelocks,
    });
    Object.assign(polls, { polls: 0, idle: 0, longestIdle: 0, livelocks: 0 } satisfies Polls);
  }

  private tellPanics(): void {
    const { panics, panicCount } = this.simulation.tasks;
    for (; this.panics < panicCount; this.panics++) {
      const panic = panics[this.panics];
      const node = this.whose();
      if (panic !== undefined && node !== undefined)
        this.tellEvent(node, { kind: 'panic', site: panic.site, message: panic.message });
    }
  }
}

function take(seen: Polls, { polls, idlePolls, livelocks, longestIdleRun }: Readonly<SiteAccount>): void {
  Object.assign(seen, { polls, idle: idlePolls, livelocks, longestIdle: longestIdleRun } satisfies Polls);
}
