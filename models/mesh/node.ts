// A node of the mesh: transport, gossip actor, application and telemetry, each in tasks of its own.
// Invariant: what its tasks hold is exposed or stands in the ledger; a graceful end closes all of it, a kill takes all of it.
import { METER } from '../../sim/meters.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import { block } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { Oneshot } from '../../sim/tasks/sync.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { interval, sleep, timeout } from '../../sim/tasks/timers.ts';
import { Gossip } from '../gossip/actor.ts';
import { GOSSIP_ALPN } from '../gossip/contract.ts';
import type { GossipCommand, GossipConfig, GossipDefects, GossipEvent } from '../gossip/contract.ts';
import type { QuicConfig, QuicDefects, QuicNote } from '../quic/contract.ts';
import { Endpoint } from '../quic/endpoint.ts';
import type { QuicPacket } from '../quic/wire.ts';
import type { TelemetryConfig, TelemetryDefects } from '../telemetry/contract.ts';
import { LoadSampler } from '../telemetry/sampler.ts';
import { Span } from '../telemetry/span.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import type { TopicsDefects } from '../topics/contract.ts';
import type { Topics } from '../topics.ts';
import { MeshConnections } from './connections.ts';
import type { MeshAppConfig, MeshAppDefects } from './contract.ts';
import { DiscoveredPeers } from './discovery.ts';
import type { Announcement, DiscoveryDomain } from './discovery.ts';
import { FloodGuard } from './flood-guard.ts';
import { JoinTick } from './join-tick.ts';

/** What all nodes of one world share. */
export interface MeshShared {
  readonly network: Network;
  readonly domain: DiscoveryDomain;
  readonly topics: Topics;
  readonly costs: CostTable;
  readonly app: MeshAppConfig;
  readonly gossip: GossipConfig;
  readonly quic: QuicConfig;
  readonly telemetry: TelemetryConfig;
  readonly defects: MeshAppDefects & GossipDefects & TopicsDefects & QuicDefects & TelemetryDefects;
  /** Called when a graceful end is over. */
  readonly ended: (node: MeshNode) => void;
}

/** How long a node waits for its own tasks when it leaves, in microseconds; each step has a deadline of its own within. */
const QUIT_US = 10_000_000;
/** Time from a node's start to its first announcement, in microseconds. */
const FIRST_ANNOUNCEMENT_US = 20_000;
/** Pause before an answer to a node that asked who is there, in microseconds (RFC 6762, section 6: 20 to 120 ms). */
const LEAST_ANSWER_US = 20_000;
const MOST_ANSWER_US = 120_000;

/** See the file's head. */
export class MeshNode extends TaskNode {
  private readonly shared: MeshShared;
  private readonly observes: boolean;
  private endpoint!: Endpoint;
  private gossip!: Gossip;
  private commands!: Sender<GossipCommand>;
  private telemetry!: Telemetry;
  private sampler!: LoadSampler;
  private discovered!: DiscoveredPeers;
  private joinTick!: JoinTick;
  private connectionsOf!: MeshConnections;
  private readonly floodGuard: FloodGuard;
  private isLeaving = false;

  constructor(shared: MeshShared, random: RandomStream, clock: NodeClock, observes: boolean) {
    super(random, clock);
    this.shared = shared;
    this.observes = observes;
    const forEver = shared.defects['app-origin-map'] ?? false;
    this.floodGuard = new FloodGuard(forEver ? Infinity : shared.app.floodGuardUs);
  }

  /** Builds its parts and spawns its tasks; to be called once it is attached. */
  boot(data: string): void {
    const { shared, executor } = this;
    const { network, costs, defects, app } = shared;
    const { index } = costs;
    this.telemetry = new Telemetry(this, { config: shared.telemetry, defects, costs });
    this.sampler = new LoadSampler(this, { config: shared.telemetry, defects, costs });
    const note: QuicNote = (level, _name, bytes, local) => {
      if (local instanceof Span) local.event(level, bytes);
      else this.telemetry.event(level, bytes);
    };
    this.endpoint = new Endpoint(this, { network, config: shared.quic, defects, costs, note });
    this.gossip = new Gossip(this, {
      topics: shared.topics,
      endpoint: this.endpoint,
      config: shared.gossip,
      defects,
      costs,
      data,
    });
    this.commands = this.gossip.handle();
    this.discovered = new DiscoveredPeers(this);
    this.connectionsOf = new MeshConnections({
      node: this,
      endpoint: this.endpoint,
      telemetry: this.telemetry,
      defects,
      ops: { pingSend: index['ping/send']!, pingAnswer: index['ping/answer']! },
    });
    this.joinTick = new JoinTick({
      node: this,
      config: app,
      defects,
      discovered: this.discovered,
      gossip: this.gossip.handle(),
      observes: this.observes,
      isJoined: (peer) => this.gossip.isActive(peer),
      ops: { tick: index['tick']!, look: index['join_peers/look']! },
    });
    this.commands.trySend({ kind: 'join', contacts: [] });
    executor.spawn('gossip.actor', this.inSpan('gossip_actor', this.gossip.run()));
    executor.spawn('mesh.accept', this.acceptLoop());
    executor.spawn('mesh.run_gossip', this.inSpan('run_gossip', this.joinTick.run()));
    executor.spawn('mesh.event-loop', this.eventLoop());
    executor.spawn('mesh.watch_discovery', this.watchDiscovery());
    executor.spawn('mesh.run_ping_sender', this.pingLoop());
    executor.spawn('telemetry.export', this.telemetry.run());
    executor.spawn('sampler.sample', this.sampler.run());
    executor.drain();
  }

  override receive(_from: number, message: unknown): void {
    const packet = message as Announcement | QuicPacket;
    if (packet.kind === 'announcement') this.hear(packet);
    else this.endpoint.receive(packet);
  }

  /** True when what it begins is meant to arrive. */
  get canBroadcast(): boolean {
    return !this.isLeaving && !this.gossip.misbehaves && this.gossip.neighbours() !== undefined;
  }

  /** Begins a broadcast; false when the actor has no room for it. */
  broadcast(id: string, content: string): boolean {
    return this.tell({ kind: 'broadcast', id, content });
  }

  /** Leaves: says goodbye everywhere, waits for what is under way, and ends. */
  leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.executor.spawn('mesh.shutdown', this.shutdown());
    this.executor.drain();
  }

  /** Its process is killed. */
  die(): void {
    this.joinTick.passIdleTicks();
    this.executor.end();
  }

  /** Carries out an act of a plan; false when it changes nothing. */
  act(act: string, args: Readonly<Record<string, number | string | boolean>>): boolean {
    const done = this.isLeaving ? false : this.perform(act, args);
    this.executor.drain();
    return done;
  }

  override expose(): Record<string, unknown> {
    const { registry, meshIds, dialling, neighbours, tasks } = this.connectionsOf;
    return {
      quic: this.endpoint.expose(),
      gossip: this.gossip.expose(),
      mesh: {
        discovered: this.discovered.peers,
        asked: this.joinTick.asked,
        registry,
        meshIds,
        dialling,
        neighbours,
        tasks,
        origins: this.floodGuard.origins,
      },
      telemetry: { ...this.telemetry.expose(), sampler: this.sampler.expose() },
    };
  }

  override neighbours(): readonly PeerId[] | undefined {
    return this.isLeaving ? undefined : this.gossip.neighbours();
  }

  override *connections(): Iterable<PeerId> {
    for (const connection of this.endpoint.connections) if (!connection.isClosed) yield connection.remote;
  }

  private perform(act: string, args: Readonly<Record<string, number | string | boolean>>): boolean {
    switch (act) {
      case 'rotate':
      case 'close-topic':
        return this.gossip.neighbours() !== undefined && this.tell({ kind: act });
      case 'dial-again': {
        if (args['layer'] === 'gossip') return this.gossip.dialAgain();
        const peer = this.random.pick([...this.connectionsOf.registry.keys()]);
        return peer !== undefined && this.connectionsOf.dial(peer);
      }
      case 'cancel-dial': {
        const peer = this.random.pick([...this.discovered.peers.keys()]);
        if (peer === undefined) return false;
        this.executor.spawn('mesh.cancelled-dial', this.dialAndGiveUp(peer), { subject: peer });
        return true;
      }
      case 'abort-child':
        return this.gossip.abortChild();
      case 'advertise-only':
        return this.gossip.misbehaves !== (args['on'] === true) && this.tell({ kind: 'act', on: args['on'] === true });
      default:
        return this.endpoint.act(act, args);
    }
  }

  /** Tells the actor from outside a task; false when its inbox has no room. */
  private tell(command: GossipCommand): boolean {
    const sent = this.commands.trySend(command) === 'sent';
    this.executor.drain();
    return sent;
  }

  /** A dial that is given up halfway through the handshake. */
  private *dialAndGiveUp(peer: PeerId): TaskBody<void> {
    const connecting = this.endpoint.connect(peer, GOSSIP_ALPN);
    try {
      yield* sleep(this.executor, 5_000, 'give-up');
    } finally {
      connecting.drop();
    }
  }

  /** Runs an actor's loop in a span of its own, which lives as long and keeps its last events only. */
  private *inSpan(name: string, body: TaskBody<void>): TaskBody<void> {
    const span = this.telemetry.span(name);
    span.enter();
    try {
      yield* body;
    } finally {
      span.close();
    }
  }

  private hear(announcement: Announcement): void {
    const { simulation, shared } = this;
    simulation.meters.counts[METER.messagesDelivered]!++;
    this.discovered.hear(announcement);
    this.executor.drain();
    if (!announcement.asks || this.isLeaving) return;
    const delayUs = this.random.between(LEAST_ANSWER_US, MOST_ANSWER_US);
    this.later(delayUs, 'answer', () => shared.domain.answer(this, announcement.peer));
  }

  private *acceptLoop(): TaskBody<void> {
    const { gossip, connectionsOf, endpoint } = this;
    const commands = gossip.handle();
    try {
      for (;;) {
        const connection = yield* endpoint.accept();
        if (connection === undefined) return;
        if (connection.alpn === GOSSIP_ALPN) yield* commands.send({ kind: 'connection', connection });
        else connectionsOf.accept(connection);
      }
    } finally {
      commands.drop();
    }
  }

  private *eventLoop(): TaskBody<void> {
    const spins = this.shared.defects['app-continue-on-closed'] ?? false;
    const op = this.shared.costs.index['event_loop/event']!;
    const instrumented = this.shared.defects['app-instrumented-loop'] ?? false;
    const span = instrumented ? this.telemetry.span('event_loop', { keepLast: Infinity }) : undefined;
    span?.enter();
    let events: Receiver<GossipEvent> = this.gossip.subscribe();
    try {
      for (;;) {
        const event = yield* events.recv();
        if (event === undefined) {
          // As reported: `continue` where the channel's end should have been a `break`.
          if (spins) continue;
          events.drop();
          events = yield* this.reopen();
          continue;
        }
        this.charge(op);
        this.onEvent(event);
      }
    } finally {
      events.drop();
      span?.close();
    }
  }

  /** The topic was closed: it is entered again after a pause, by asking everybody anew. */
  private *reopen(): TaskBody<Receiver<GossipEvent>> {
    yield* sleep(this.executor, this.shared.app.reopenUs, 'reopen');
    const events = this.gossip.subscribe();
    yield* this.commands.send({ kind: 'open-topic' });
    this.joinTick.askAgain();
    return events;
  }

  private onEvent(event: GossipEvent): void {
    this.telemetry.event('info', 120);
    switch (event.kind) {
      case 'neighbour-up':
        this.connectionsOf.neighbourUp(event.peer);
        return;
      case 'neighbour-down':
        this.connectionsOf.neighbourDown(event.peer);
        return;
      case 'contacts-wanted':
        this.joinTick.askAgain();
        return;
      case 'received': {
        const { content } = event;
        if (typeof content === 'string') this.floodGuard.hear(originOf(content), this.simulation.nowUs);
      }
    }
  }

  private *watchDiscovery(): TaskBody<void> {
    const { shared, executor, discovered, joinTick } = this;
    const { app, domain } = shared;
    const op = shared.costs.index['discovery/announcement']!;
    const pace = interval(executor, app.announceIntervalUs, 'announce', 1 + this.random.below(app.announceIntervalUs));
    try {
      // The interface has to come up first; so two nodes that start at once hear of each other at once.
      yield* sleep(executor, FIRST_ANNOUNCEMENT_US, 'first-announcement');
      const ask = (): void => {
        if (!this.isLeaving) domain.announce(this, { asks: true });
      };
      ask();
      executor.spawn('mesh.ask', discovered.askUntilHeard(executor, app.announceIntervalUs, ask));
      for (;;) {
        yield* pace.tick();
        this.charge(op);
        domain.announce(this);
        discovered.expire(app.announceLifetimeUs);
        this.floodGuard.expire(this.simulation.nowUs);
        joinTick.retainDiscovered();
      }
    } finally {
      pace.drop();
    }
  }

  private *pingLoop(): TaskBody<void> {
    const { app } = this.shared;
    const pace = interval(this.executor, app.pingIntervalUs, 'ping', 1 + this.random.below(app.pingIntervalUs));
    try {
      for (;;) {
        yield* pace.tick();
        this.joinTick.passIdleTicks();
        for (const peer of this.gossip.neighbours() ?? []) this.connectionsOf.neighbourUp(peer);
        this.connectionsOf.ping();
      }
    } finally {
      pace.drop();
    }
  }

  private *shutdown(): TaskBody<void> {
    const { shared, executor } = this;
    shared.domain.announce(this, { leaves: true });
    const done = new Oneshot<void>();
    const commands = this.commands;
    function* quit(): TaskBody<void> {
      if (yield* commands.send({ kind: 'quit', done })) yield* done.recv();
    }
    yield* timeout(executor, QUIT_US, block(quit()));
    this.connectionsOf.drop();
    yield* this.endpoint.close();
    // In an event of its own: this very task is among those that end with the node.
    this.later(0, 'end-of-life', () => shared.ended(this));
  }
}

/** A broadcast of the mesh begins with the name of its origin. */
function originOf(content: string): string {
  return content.slice(0, content.indexOf('|'));
}
