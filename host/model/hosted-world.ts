// The population of one run of a hosted model: what a churn plan does to it, each time as an event of the node meant.
// Invariant: the host is installed from the first node to the last event; whoever installed it takes it down.
import { METER } from '../../sim/meters.ts';
import type { PathClasses } from '../../sim/census/path-classes.ts';
import type { Walker } from '../../sim/census/walk.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Network } from '../../sim/network/network.ts';
import type { LinkNetwork } from '../../sim/network/links.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { contentId } from '../../sim/random/hash.ts';
import type { RunBudget, RunOutcome, Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { ModelContext } from '../../models/model.ts';
import { payloadClass } from '../../models/own/messages.ts';
import { HostError } from '../host-error.ts';
import { HostedNode } from '../hosted-node.ts';
import { HostedSimulation, hostOf } from '../hosted-simulation.ts';
import { Identities } from '../residue/identities.ts';
import { LiveWalker } from '../residue/live-walker.ts';
import type { Recognise } from '../residue/live-walker.ts';
import type { HostedActArgs, HostedLife, HostedRun } from './hosted-life.ts';

/** How long a request of the harness may go on before it counts as stuck, in microseconds. */
const STUCK_US = 60_000_000;

/** What a hosted world is made of. */
export interface HostedParts<Config> {
  /** Makes the node of a new life, which is not attached yet. */
  makeLife(run: HostedRun<Config>, peer: PeerId): HostedLife<Config>;
  /** See {@link Recognise}. */
  readonly recognise: Recognise | undefined;
  /** Ids of all defects of the model. */
  readonly defectIds: readonly string[];
}

/** See the file's head. */
export class HostedWorld<Config> implements World {
  readonly network: Network;
  readonly run: HostedRun<Config>;
  private readonly simulation: Simulation;
  private readonly parts: HostedParts<Config>;
  private readonly installedHere: boolean;
  private isOpen = true;

  /** @throws {HostError} `already-hosted` while the thread hosts another simulation. */
  constructor(parts: HostedParts<Config>, context: ModelContext<Config>) {
    const { simulation, network, config, defects, contacts, nodes = 0 } = context;
    this.simulation = simulation;
    this.network = network;
    this.parts = parts;
    const identities = new Identities();
    const hosts = contacts.map((index) => simulation.peers.intern(index));
    for (const peer of hosts) identities.add(peer, String(peer));
    const host = hostOf(simulation) ?? new HostedSimulation({ seed: simulation.seed }, simulation);
    this.installedHere = !host.installed;
    this.run = {
      host,
      network,
      config,
      defects: Object.fromEntries(parts.defectIds.map((id) => [id, defects.has(id)])),
      identities,
      nodes,
      contactsFor: (node) => {
        const others = hosts.filter((contact) => contact !== node.peer);
        const running = others.filter((contact) => contact.node !== undefined);
        return node.random.shuffle(running.length > 0 ? running : others);
      },
    };
    if (this.installedHere) host.install();
  }

  get links(): LinkNetwork | undefined {
    return this.run.links;
  }

  start(peer: PeerId): Node {
    const life = this.parts.makeLife(this.run, peer);
    this.run.identities.add(peer, String(peer));
    this.simulation.attach(life, peer);
    life.perform('start', () => life.boot());
    return life;
  }

  stop(node: Node): void {
    const life = lifeOf(node);
    life.perform('stop', () => {
      const end = (): void => {
        // In an event of its own, so that what the target does last is its own event.
        if (life.running) life.perform('end', () => life.end('stopped'));
      };
      const left = life.leave();
      if (!isThenable(left)) return end();
      return left.then(end, (error: unknown) => {
        end();
        throw error;
      });
    });
  }

  kill(node: Node): void {
    lifeOf(node).end('killed');
  }

  act(node: Node, act: string, args: HostedActArgs): boolean {
    const life = lifeOf(node);
    life.perform(`act ${act}`, () => life.act(act, args));
    return true;
  }

  broadcast(node: Node, content: string): boolean {
    const life = lifeOf(node);
    if (!life.canPublish) return false;
    const id = contentId(content);
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(life, id);
    life.perform('broadcast', () => life.publish(id, content));
    return true;
  }

  classOf(payload: unknown): string {
    return payloadClass(payload).replace(/^timer_/, '');
  }

  walker(classes: PathClasses): Walker {
    return new LiveWalker(classes, this.run.identities, this.parts.recognise);
  }

  async advance({ untilUs, maxEvents, expired }: RunBudget): Promise<RunOutcome> {
    const outcome = await this.run.host.advance(untilUs, {
      ...(maxEvents === undefined ? {} : { maxEvents }),
      ...(expired === undefined ? {} : { expired }),
    });
    return outcome === 'exit-called' ? 'expired' : outcome;
  }

  finish(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { simulation, run } = this;
    for (const { node, what, sinceUs } of run.host.unsettled()) {
      const owner = String(node.peer);
      run.host.evidence.note('unsettled', `${what} of ${owner}`, node, sinceUs, '');
      const sinceText = formatDuration(sinceUs);
      const message = `asked for at ${sinceText}, and not settled at ${formatDuration(simulation.nowUs)}`;
      if (simulation.nowUs - sinceUs < STUCK_US) continue;
      simulation.tasks.noted({
        atUs: sinceUs,
        owner,
        site: `${what} that never settles`,
        path: `${what} that never settles`,
        message,
      });
    }
    if (this.installedHere) run.host.close();
  }
}

function lifeOf(node: Node): HostedLife {
  if (node instanceof HostedNode) return node as HostedLife;
  throw new HostError('wrong-node', `received a node of another model, expected a hosted one`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
