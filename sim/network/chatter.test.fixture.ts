// A small world of nodes that talk over links and keep what they were told, for the tests of the engine.
// Invariant: a node that has ended is never told anything; each is told of the end of a link at most once per link.
import * as v from 'valibot';
import { Ledger } from '../ledger/ledger.ts';
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import { Simulation } from '../simulation.ts';
import type { NodeEnd } from '../simulation.ts';
import type { World } from '../world.ts';
import { networkConfigSchema } from './config.ts';
import { LinkedNode, LinkNetwork } from './links.ts';
import { Network } from './network.ts';

/** What happened to a node, in words. */
export interface Heard {
  readonly atUs: number;
  readonly what: string;
}

/** A node that remembers. */
export class Chatter extends LinkedNode {
  readonly heard: Heard[] = [];
  /** What a test wants done on a message or a close. */
  onHeard: ((what: 'message' | 'closed', peer: PeerId, message: unknown) => void) | undefined = undefined;
  acts: string[] = [];
  /** Links it ever had, less those it was told are closed, per peer; below zero it was told twice. */
  private readonly lives = new Map<PeerId, number>();

  constructor(network: LinkNetwork) {
    super(network);
    const { lives } = this;
    const set = this.links.set.bind(this.links);
    this.links.set = (peer, link) => {
      lives.set(peer, (lives.get(peer) ?? 0) + 1);
      set(peer, link);
    };
  }

  override onLinkMessage(from: PeerId, message: unknown): void {
    this.note(`${from} says ${String(message)}`);
    this.onHeard?.('message', from, message);
  }

  override onLinkClosed(peer: PeerId): void {
    const lives = (this.lives.get(peer) ?? 0) - 1;
    if (lives < 0 || this.links.has(peer)) throw new Error(`${this.peer} was told twice that ${peer} is gone`);
    this.lives.set(peer, lives);
    this.note(`${peer} closed`);
    this.onHeard?.('closed', peer, undefined);
  }

  override onTimer(): void {}

  private note(what: string): void {
    if (!this.running) throw new Error(`${this.peer} has ended and still hears: ${what}`);
    this.heard.push({ atUs: this.simulation.nowUs, what });
  }
}

/** Configuration of a network, defaults left out. */
export type NetworkInput = v.InferInput<typeof networkConfigSchema>;

/** The world; latency is 10 ms for every pair unless said otherwise. */
export class ChatterWorld implements World {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly links: LinkNetwork;
  /** How long a graceful stop takes, in microseconds; 0 stops at once. */
  stopUs = 0;
  /** Called for each new node. */
  onStart: ((node: Chatter) => void) | undefined = undefined;

  constructor(config: NetworkInput = {}, seed = 'chatter') {
    this.simulation = new Simulation({ seed });
    this.ledger = new Ledger(this.simulation);
    this.simulation.ledger = this.ledger;
    const latency = config.latency ?? { kind: 'fixed', us: 10_000 };
    this.network = new Network(this.simulation, v.parse(networkConfigSchema, { ...config, latency }));
    this.links = new LinkNetwork(this.network, (message) => String(message).length * 100);
  }

  peer(index: number): PeerId {
    return this.simulation.peers.intern(index);
  }

  /** The running node of a peer. */
  node(index: number): Chatter {
    return this.peer(index).node as Chatter;
  }

  /** Starts peers 0 to count - 1 and returns their nodes. */
  startAll(count: number): Chatter[] {
    return Array.from({ length: count }, (_, index) => this.start(this.peer(index)));
  }

  start(peer: PeerId): Chatter {
    const node = new Chatter(this.links);
    this.simulation.attach(node, peer);
    this.onStart?.(node);
    return node;
  }

  stop(node: Node): void {
    if (this.stopUs === 0) this.end(node, 'stopped');
    else {
      this.simulation.at(this.simulation.nowUs + this.stopUs, () => {
        if (node.running) this.end(node, 'stopped');
      });
    }
  }

  kill(node: Node): void {
    this.end(node, 'killed');
  }

  act(node: Node, act: string): boolean {
    if (act !== 'nod') return false;
    (node as Chatter).acts.push(act);
    return true;
  }

  broadcast(): boolean {
    return false;
  }

  classOf(): string {
    return 'chat';
  }

  send(from: number, to: number, message: string): void {
    this.links.send(this.node(from), this.peer(to), message);
  }

  close(from: number, to: number): void {
    this.links.close(this.node(from), this.peer(to));
  }

  runFor(us: number): void {
    this.simulation.run({ untilUs: this.simulation.nowUs + us });
  }

  /** Begins or ends a cut as the churn driver does. */
  partition(groups: number[][], oneWay = false, name = ''): void {
    this.network.cuts.partition(name, groups, oneWay);
    this.links.cutBegan(this.simulation.running());
  }

  heal(name?: string): void {
    this.network.cuts.heal(name);
    this.links.cutEnded();
  }

  blackHole(index: number, on: boolean): void {
    this.network.cuts.blackHole(index, on);
    if (on) this.links.cutBegan(this.simulation.running());
    else this.links.cutEnded();
  }

  hold(from: number, to: number): void {
    this.network.cuts.hold(from, to);
  }

  release(from: number, to: number): void {
    this.network.cuts.release(from, to);
    this.links.released(from, to);
  }

  /** What is wrong with the account and the pool, in words; empty when both agree with the nodes' links. */
  discrepancies(): string[] {
    const found: string[] = [];
    const links = new Set<unknown>();
    let sides = 0;
    for (const each of this.simulation.running()) {
      const node = each as Chatter;
      for (const [peer, link] of node.links) {
        links.add(link);
        sides++;
        const far = peer.node as Chatter | undefined;
        if (far === undefined) found.push(`${node.peer} has a link to ${peer}, which is down`);
        else if (far.links.get(node.peer) !== link) found.push(`${node.peer} and ${peer} do not share a link`);
      }
      if (node.unheard !== undefined) found.push(`${node.peer} has links that it never heard of`);
    }
    const open = this.ledger.openCount;
    if (open !== sides) found.push(`${open} entries are open for ${sides} sides`);
    if (this.ledger.errorCount > 0) found.push(`ledger: ${JSON.stringify(this.ledger.errors[0])}`);
    const live = this.links.liveLinkCount;
    if (live !== links.size) found.push(`${live} links are in use, the nodes have ${links.size}`);
    if ([...this.links.heldBack()].length > 0) found.push('messages are kept back');
    return found;
  }

  private end(node: Node, how: NodeEnd): void {
    this.links.endNode(node as Chatter, how);
    this.simulation.detach(node, how);
  }
}
