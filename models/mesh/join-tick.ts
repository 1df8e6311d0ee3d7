// `run_gossip`: looks at the discovered peers at every tick and asks those to join that were not asked yet.
// Invariant (clean): a peer is asked once per life of it, while it is discovered; a tick that finds nothing new does nothing.
import { METER } from '../../sim/meters.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Sender } from '../../sim/tasks/channel.ts';
import type { Executor } from '../../sim/tasks/executor.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { interval } from '../../sim/tasks/timers.ts';
import type { Interval } from '../../sim/tasks/timers.ts';
import type { GossipCommand } from '../gossip/contract.ts';
import type { MeshAppConfig, MeshAppDefects } from './contract.ts';
import type { DiscoveredPeers } from './discovery.ts';

/** What the tick works with. */
export interface JoinTickContext {
  readonly node: TaskNode;
  readonly config: MeshAppConfig;
  readonly defects: MeshAppDefects;
  readonly discovered: DiscoveredPeers;
  readonly gossip: Sender<GossipCommand>;
  /** True for a node that only observes. */
  readonly observes: boolean;
  /** True when the actor has a connection to the peer. */
  readonly isJoined: (peer: PeerId) => boolean;
  readonly ops: { readonly tick: number; readonly look: number };
}

/** See the file's head. */
export class JoinTick {
  /** Epoch in which each peer was asked. */
  readonly asked = new Map<PeerId, number>();
  private readonly context: JoinTickContext;
  private readonly elides: boolean;
  private ticks: Interval | undefined = undefined;
  private task: Executor['current'] = undefined;
  /** Somebody may be there that was not asked. */
  private hasNews = false;

  constructor(context: JoinTickContext) {
    const { config, discovered } = context;
    this.context = context;
    this.elides = config.elideIdleTicks && !this.storms;
    discovered.onChange = (isNews) => (isNews ? this.news() : this.passIdleTicks());
  }

  /**
   * The protocol wants to be let in by somebody: asks those anew that it has no connection to and that were heard of
   * within the last announcement interval, from the next tick on. Others may be gone.
   */
  askAgain(): void {
    const { node, config, defects, discovered, isJoined } = this.context;
    if (defects['app-joined-set-never-shrinks'] ?? false) return;
    const sinceUs = node.simulation.nowUs - config.announceIntervalUs;
    for (const [peer, { seenUs }] of discovered.peers) {
      if (seenUs >= sinceUs && !isJoined(peer)) this.asked.delete(peer);
    }
    this.news();
  }

  /** The loop. */
  *run(): TaskBody<void> {
    const { node, config, gossip, ops } = this.context;
    const firstUs = 1 + node.random.below(config.tickUs);
    const ticks = interval(node.executor, config.tickUs, 'tick', firstUs);
    this.ticks = ticks;
    this.task = node.executor.current;
    try {
      for (;;) {
        if (this.elides && !this.hasNews) ticks.pause();
        yield* ticks.tick();
        node.charge(ops.tick);
        if (this.storms) yield* this.joinAll();
        else yield* this.joinFresh();
      }
    } finally {
      this.passIdleTicks();
      this.ticks = undefined;
      ticks.drop();
      gossip.drop();
    }
  }

  /**
   * Ticks that would have found nothing are over by now, and accounted for as if they had been. To be called before
   * anything changes that a tick looks at or costs by; a tick that is due at that very moment was before it, as its timer
   * would have been set a whole tick ago.
   */
  passIdleTicks(): void {
    const { ticks, task } = this;
    if (ticks?.isPaused !== true || task === undefined) return;
    const { node, discovered, ops } = this.context;
    const passed = ticks.missedBefore(node.simulation.nowUs + 1);
    if (passed === 0) return;
    ticks.skip(passed);
    task.leftOut(passed);
    task.charge(ops.tick, passed);
    task.charge(ops.look, passed * discovered.peers.size);
  }

  /** The next tick must look. */
  private news(): void {
    this.passIdleTicks();
    this.hasNews = true;
    this.ticks?.resume();
  }

  /** As reported: asks all of them every time. */
  private get storms(): boolean {
    const { defects, observes } = this.context;
    return (defects['app-join-every-tick'] ?? false) && !observes;
  }

  /** The whole registry, at every tick. */
  private *joinAll(): TaskBody<void> {
    const { node, discovered, gossip, isJoined, ops } = this.context;
    const peers = [...discovered.peers.keys()];
    node.charge(ops.look, peers.length);
    const { counts } = node.simulation.meters;
    counts[METER.joins]! += peers.length;
    for (const peer of peers) if (isJoined(peer)) counts[METER.joinsRedundant]!++;
    yield* gossip.send({ kind: 'request-joins', peers });
  }

  /** Those that were not asked in this life of theirs. */
  private *joinFresh(): TaskBody<void> {
    const { node, defects, discovered, gossip, isJoined, ops } = this.context;
    const { peers } = discovered;
    const keeps = defects['app-joined-set-never-shrinks'] ?? false;
    this.hasNews = false;
    node.charge(ops.look, peers.size);
    const fresh: PeerId[] = [];
    for (const [peer, { epoch }] of peers) {
      const asked = this.asked.get(peer);
      if (asked !== undefined && (keeps || asked >= epoch)) continue;
      this.asked.set(peer, epoch);
      fresh.push(peer);
    }
    if (fresh.length === 0) return;
    const { counts } = node.simulation.meters;
    counts[METER.joins]! += fresh.length;
    for (const peer of fresh) if (isJoined(peer)) counts[METER.joinsRedundant]!++;
    yield* gossip.send({ kind: 'join', contacts: node.random.shuffle(fresh) });
  }

  /** Forgets whom it asked, once nobody hears of them any more. */
  retainDiscovered(): void {
    if (this.context.defects['app-joined-set-never-shrinks'] ?? false) return;
    for (const peer of this.asked.keys()) if (!this.context.discovered.peers.has(peer)) this.asked.delete(peer);
  }
}
