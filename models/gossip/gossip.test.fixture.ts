// A small world of nodes that have an endpoint and a gossip actor and nothing above it.
// Invariant: what a test does to a node happens between events, with all ready tasks polled after it.
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { parseInput } from '../../sim/input.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import { contentId } from '../../sim/random/hash.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { Oneshot } from '../../sim/tasks/sync.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { QUIC_COSTS, quicConfigSchema } from '../quic/contract.ts';
import type { QuicConfig } from '../quic/contract.ts';
import type { Connection } from '../quic/connection.ts';
import { Endpoint } from '../quic/endpoint.ts';
import type { QuicPacket } from '../quic/wire.ts';
import { topicsConfigSchema } from '../topics/contract.ts';
import { createTopics } from '../topics.ts';
import { Gossip } from './actor.ts';
import { GOSSIP_COSTS, gossipConfigSchema } from './contract.ts';
import type { GossipCommand, GossipDefects } from './contract.ts';
import type { PeerEntry } from './peers.ts';

/** One virtual second and millisecond. */
export const SECOND = 1_000_000;
export const MS = 1000;

/** Site of the task that serves a connection. */
export const LOOP_SITE = 'gossip.connection-loop';

const COSTS = costTable({ ...QUIC_COSTS, ...GOSSIP_COSTS, poll: 1 });

/** How a {@link GossipWorld} is set up. */
export interface GossipWorldOptions {
  readonly seed?: string;
  readonly network?: Partial<NetworkConfig>;
  readonly quic?: Partial<QuicConfig>;
  readonly defects?: GossipDefects;
}

/** A node of the world. */
export class GossipNode extends TaskNode {
  endpoint!: Endpoint;
  gossip!: Gossip;
  /** Ids of broadcasts, in the order in which they were delivered. */
  readonly heard: string[] = [];

  override receive(_from: number, message: unknown): void {
    this.endpoint.receive(message as QuicPacket);
  }

  override expose(): Record<string, unknown> {
    return { quic: this.endpoint.expose(), gossip: this.gossip.expose() };
  }

  /** What its actor knows of a peer. */
  entry(peer: PeerId): PeerEntry | undefined {
    return (this.gossip.expose()['peers'] as ReadonlyMap<PeerId, PeerEntry>).get(peer);
  }

  /** Its connections to a peer that are not closed. */
  openTo(peer: PeerId): Connection[] {
    return [...this.endpoint.connections].filter(({ remote, isClosed }) => remote === peer && !isClosed);
  }

  /** Spawns its tasks. */
  begin(): void {
    this.executor.spawn('gossip.actor', this.gossip.run());
    this.executor.spawn('test.accept', this.accept());
    this.executor.spawn('test.events', this.listen());
    this.executor.drain();
  }

  private *accept(): TaskBody<void> {
    const commands = this.gossip.handle();
    try {
      for (;;) {
        const connection = yield* this.endpoint.accept();
        if (connection === undefined) return;
        yield* commands.send({ kind: 'connection', connection });
      }
    } finally {
      commands.drop();
    }
  }

  private *listen(): TaskBody<void> {
    const events = this.gossip.subscribe();
    try {
      for (;;) {
        const event = yield* events.recv();
        if (event === undefined) return;
        if (event.kind === 'received') this.heard.push(event.id);
      }
    } finally {
      events.drop();
    }
  }
}

/** See the file's head. */
export class GossipWorld {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly network: Network;
  /** What nodes were told of peers that are gone, by their actor or by the transport, as `p0 lost p1`. */
  readonly lost: string[] = [];
  private readonly options: GossipWorldOptions;

  constructor(options: GossipWorldOptions = {}) {
    this.options = options;
    this.simulation = new Simulation({ seed: options.seed ?? 'gossip' });
    this.ledger = this.simulation.ledger = new Ledger(this.simulation);
    this.simulation.costs = new CostAccount(COSTS);
    const latency = { kind: 'fixed', us: 10 * MS } as const;
    const network = parseInput(networkConfigSchema, { latency, ...options.network }, 'test', 'bad-network');
    this.network = new Network(this.simulation, network);
    this.simulation.observer = { toldClosed: (node, peer) => this.lost.push(`${node.peer} lost ${peer}`) };
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  peer(index: number): PeerId {
    return this.simulation.peers.intern(index);
  }

  /** Starts an incarnation that is in the topic and knows nobody. */
  start(index: number): GossipNode {
    const { simulation, network, options } = this;
    const peer = this.peer(index);
    const random = simulation.streams.stream(`node/${index}/${peer.incarnations + 1}`);
    const node = new GossipNode(random, network.clockOf(peer));
    simulation.attach(node, peer);
    const quic = parseInput(quicConfigSchema, options.quic ?? {}, 'test', 'bad-quic');
    node.endpoint = new Endpoint(node, { network, config: quic, costs: COSTS });
    const defects = options.defects ?? {};
    node.gossip = new Gossip(node, {
      topics: createTopics(parseInput(topicsConfigSchema, {}, 'test', 'bad-topics'), {}),
      endpoint: node.endpoint,
      config: parseInput(gossipConfigSchema, {}, 'test', 'bad-gossip'),
      defects,
      costs: COSTS,
      data: undefined,
    });
    node.begin();
    this.tell(node, { kind: 'join', contacts: [] });
    return node;
  }

  /** Tells a node's actor something. */
  tell(node: GossipNode, command: GossipCommand): void {
    const handle = node.gossip.handle();
    handle.trySend(command);
    handle.drop();
    node.executor.drain();
  }

  /** Has a node ask others to let it in. */
  join(node: GossipNode, ...contacts: readonly number[]): void {
    this.tell(node, { kind: 'join', contacts: contacts.map((index) => this.peer(index)) });
  }

  /** Has a node send a Join to each of the others, whomever it has. */
  request(node: GossipNode, ...others: readonly number[]): void {
    this.tell(node, { kind: 'request-joins', peers: others.map((index) => this.peer(index)) });
  }

  /** Begins a broadcast; its id. */
  broadcast(node: GossipNode, content: string): string {
    const id = contentId(content);
    this.tell(node, { kind: 'broadcast', id, content });
    return id;
  }

  /** Does something to a node, and polls what it made ready. */
  at<T>(node: GossipNode, act: () => T): T {
    const result = act();
    node.executor.drain();
    return result;
  }

  kill(node: GossipNode): void {
    this.simulation.detach(node, 'killed');
    node.executor.end();
  }

  /** Has a node leave; true once its actor says that it has. */
  quit(node: GossipNode): () => boolean {
    const done = new Oneshot<void>();
    const task = node.executor.spawn(
      'test.quit',
      (function* () {
        yield* done.recv();
      })(),
    );
    this.tell(node, { kind: 'quit', done });
    return () => task.isFinished;
  }

  /** Lets virtual time pass. */
  pass(us: number): void {
    this.simulation.run({ untilUs: this.nowUs + us });
  }

  /** Open entries of a kind and site, as `<owner> > <subject>`. */
  open(kind: 'task' | 'connection' | 'buffer' | 'half-open', site?: string): string[] {
    const filter = site === undefined ? { kind } : { kind, site };
    return [...this.ledger.openEntries(filter)].map(({ owner, subject }) => `${owner.peer} > ${subject}`).toSorted();
  }

  /** What is not as it should be between two nodes that are neighbours and at rest; empty when all is. */
  unsettled(one: GossipNode, other: GossipNode): string[] {
    const found: string[] = [];
    const sides: string[] = [];
    for (const [node, far] of [
      [one, other],
      [other, one],
    ] as const) {
      const name = `${node.peer} > ${far.peer}`;
      const connections = node.openTo(far.peer);
      if (connections.length !== 1) found.push(`${name}: ${connections.length} connections`);
      const entry = node.entry(far.peer);
      if (entry?.kind !== 'active') found.push(`${name}: ${entry?.kind ?? 'no entry'}`);
      else if (entry.connectionId !== connections[0]?.id) found.push(`${name}: sends on another connection`);
      if ((entry?.others.length ?? 0) > 0) found.push(`${name}: ${entry!.others.length} others`);
      if (node.gossip.neighbours()?.includes(far.peer) !== true) found.push(`${name}: no neighbour`);
      sides.push(connections[0]?.side ?? 'none');
    }
    if (sides.toSorted().join(' ') !== 'client server') found.push(`sides: ${sides.join(' ')}`);
    return found;
  }
}
