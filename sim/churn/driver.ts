// The churn driver: carries out a plan on a world, action by action.
// Invariant: an action on a peer that is not in the state it needs changes nothing and is counted as inert, so any
// action can be taken out of a plan. Identities that no later action names are forgotten once they are down.
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { Simulation } from '../simulation.ts';
import type { World } from '../world.ts';
import type { ChurnAction, ChurnPlan } from './plan.ts';

/** How often a return is tried again while a graceful stop takes longer than the time to be down, in microseconds. */
const RETRY_US = 100_000;

/** How often a kind of action was asked for, and how often it changed something. */
export interface ActionTally {
  asked: number;
  applied: number;
}

/** Carries out one plan. */
export class ChurnDriver {
  /** By kind of action; `act` actions by `act:<name>`. */
  readonly tallies = new Map<string, ActionTally>();
  /** Actions that took effect. */
  applied = 0;
  /** Incarnations begun, the initial ones included. */
  arrivals = 0;
  /** Lives ended whose identity did not come back as the next thing: kills, leaves and respawns, not restarts. */
  departures = 0;
  /** Told of every action when it was carried out, and whether it took effect; for observers. */
  performed: ((action: ChurnAction, applied: boolean) => void) | undefined = undefined;

  private readonly simulation: Simulation;
  private readonly world: World;
  private readonly actions: readonly ChurnAction[];
  /** Position of the last action that names an identity. */
  private readonly lastNamed = new Map<number, number>();
  /** Identities that a restart brings back, or a respawn begins, later. */
  private readonly returning = new Set<number>();
  private readonly expected = new Set<number>();
  /** Nodes that were told to stop and take their time, and when they were first told, in microseconds. */
  private readonly stoppingSinceUs = new Map<Node, number>();
  /** Identities that no later action names, of such nodes. */
  private readonly lingering = new Set<PeerId>();
  private position = 0;

  constructor(simulation: Simulation, world: World, plan: ChurnPlan) {
    this.simulation = simulation;
    this.world = world;
    this.actions = plan.actions;
    plan.actions.forEach((action, position) => {
      for (const index of namedBy(action)) this.lastNamed.set(index, position);
    });
  }

  /** Nodes that were told to stop and still run, with the virtual time at which they were told, in microseconds. */
  stopping(): ReadonlyMap<Node, number> {
    for (const node of this.stoppingSinceUs.keys()) if (!node.running) this.stoppingSinceUs.delete(node);
    return this.stoppingSinceUs;
  }

  /** Starts peers `0` to `count - 1`, one each `intervalUs` (0 or more), beginning now. */
  startAll(count: number, intervalUs: number): void {
    const { nowUs } = this.simulation;
    const startNext = (index: number): void => {
      this.start(index);
      if (index + 1 < count) this.simulation.at(nowUs + (index + 1) * intervalUs, () => startNext(index + 1));
    };
    if (count > 0) startNext(0);
  }

  /** Schedules the plan. Actions of one moment run in list order. */
  schedule(): void {
    const next = this.actions[this.position];
    if (next === undefined) return;
    this.simulation.at(Math.max(next.atUs, this.simulation.nowUs), () => {
      const position = this.position++;
      this.perform(next, position);
      this.schedule();
    });
  }

  private perform(action: ChurnAction, position: number): void {
    const applied = this.apply(action);
    const kind = action.kind === 'act' ? `act:${action.act}` : action.kind;
    const tally = this.tallies.get(kind) ?? { asked: 0, applied: 0 };
    tally.asked++;
    if (applied) {
      tally.applied++;
      this.applied++;
    }
    this.tallies.set(kind, tally);
    this.performed?.(action, applied);
    this.forgetDeparted(action, position);
  }

  private apply(action: ChurnAction): boolean {
    switch (action.kind) {
      case 'start':
        return this.isFresh(action.peer) && this.start(action.peer);
      case 'rejoin':
        return !this.isFresh(action.peer) && !this.isComing(action.peer) && this.start(action.peer);
      case 'stop':
        return this.end(action.peer, true, true);
      case 'kill':
        return this.end(action.peer, false, true);
      case 'restart':
        return this.restart(action.peer, action.downUs, action.graceful === true);
      case 'respawn':
        return this.respawn(action.peer, action.fresh, action.downUs ?? 0);
      case 'act': {
        const node = this.simulation.peers.find(action.peer)?.node;
        return node !== undefined && this.world.act(node, action.act, action.args ?? {});
      }
      default:
        return this.applyCut(action);
    }
  }

  private applyCut(
    action: Extract<ChurnAction, { kind: 'partition' | 'heal' | 'hold' | 'release' | 'black-hole' }>,
  ): boolean {
    const { network, links } = this.world;
    const { cuts } = network;
    switch (action.kind) {
      case 'partition':
        network.asked.add('partition');
        cuts.partition(action.name ?? '', action.groups, action.oneWay === true);
        links?.cutBegan(this.simulation.running());
        return true;
      case 'heal': {
        const healed = cuts.heal(action.name);
        if (healed) links?.cutEnded();
        return healed;
      }
      case 'hold':
        network.asked.add('hold');
        return cuts.hold(action.from, action.to);
      case 'release': {
        const released = cuts.release(action.from, action.to);
        if (released) links?.released(action.from, action.to);
        return released;
      }
      case 'black-hole': {
        if (action.on) network.asked.add('black-hole');
        const changed = cuts.blackHole(action.peer, action.on);
        if (changed && action.on) links?.cutBegan(this.simulation.running());
        if (changed && !action.on) links?.cutEnded();
        return changed;
      }
    }
  }

  private start(index: number): boolean {
    const peer = this.simulation.peers.intern(index);
    if (peer.node !== undefined) return false;
    this.world.start(peer);
    this.arrivals++;
    return true;
  }

  private end(index: number, graceful: boolean, departs: boolean): boolean {
    const node = this.simulation.peers.find(index)?.node;
    if (node === undefined) return false;
    const again = this.stoppingSinceUs.has(node);
    if (again && graceful) return false;
    if (graceful) this.world.stop(node);
    else this.world.kill(node);
    if (node.running && !again) this.stoppingSinceUs.set(node, this.simulation.nowUs);
    if (!node.running) this.stoppingSinceUs.delete(node);
    if (departs && !again) this.departures++;
    return true;
  }

  private restart(index: number, downUs: number, graceful: boolean): boolean {
    if (this.isComing(index) || !this.end(index, graceful, false)) return false;
    this.returning.add(index);
    this.returnAfter(index, downUs);
    return true;
  }

  private returnAfter(index: number, downUs: number): void {
    this.simulation.at(this.simulation.nowUs + downUs, () => {
      if (this.simulation.peers.find(index)?.node !== undefined) return this.returnAfter(index, RETRY_US);
      this.returning.delete(index);
      this.start(index);
    });
  }

  private respawn(index: number, fresh: number, downUs: number): boolean {
    if (!this.isFresh(fresh) || !this.end(index, false, true)) return false;
    if (downUs === 0) return this.start(fresh);
    this.expected.add(fresh);
    this.simulation.at(this.simulation.nowUs + downUs, () => {
      this.expected.delete(fresh);
      this.start(fresh);
    });
    return true;
  }

  /** True when the identity has never lived and no respawn is about to begin it. */
  private isFresh(index: number): boolean {
    return (this.simulation.peers.find(index)?.incarnations ?? 0) === 0 && !this.expected.has(index);
  }

  private isComing(index: number): boolean {
    return this.returning.has(index) || this.expected.has(index);
  }

  /** An identity held here only because a later action may name it is let go when none does. */
  private forgetDeparted(action: ChurnAction, position: number): void {
    const { peers } = this.simulation;
    this.stopping();
    for (const index of namedBy(action)) {
      const peer = peers.find(index);
      if (peer === undefined || this.lastNamed.get(index) !== position || this.isComing(index)) continue;
      if (peer.departed) peers.forget(peer);
      else if (peer.node !== undefined && this.stoppingSinceUs.has(peer.node)) this.lingering.add(peer);
    }
    for (const peer of this.lingering) {
      if (!peer.departed) continue;
      this.lingering.delete(peer);
      peers.forget(peer);
    }
  }
}

/** The identities that an action starts or ends, or may. */
function namedBy(action: ChurnAction): number[] {
  if (action.kind === 'respawn') return [action.peer, action.fresh];
  return 'peer' in action ? [action.peer] : [];
}
