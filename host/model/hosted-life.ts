// One life of a hosted peer as a churn plan drives it: it boots, takes broadcasts and acts, leaves, or is killed.
// Invariant: code of the target runs only by `perform` or in an event that came for the node; ends are the harness's own.
import { NeighbourWatch } from '../../models/own/neighbour-watch.ts';
import { METER } from '../../sim/meters.ts';
import type { LinkNetwork } from '../../sim/network/links.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedNode } from '../hosted-node.ts';
import type { HostedSimulation } from '../hosted-simulation.ts';
import type { Identities } from '../residue/identities.ts';

/** What the nodes of one hosted run share. */
export interface HostedRun<Config = unknown, DefectId extends string = string> {
  readonly host: HostedSimulation;
  readonly network: Network;
  readonly config: Config;
  /** True for each defect that is switched on. */
  readonly defects: Readonly<Record<DefectId, boolean>>;
  /** Who is called what in the state of the target; an adapter adds what it makes, such as keys. */
  readonly identities: Identities;
  /** How many peers the run begins with. */
  readonly nodes: number;
  /** The engine's links, when an adapter talks over them: it sets them, so that cuts act on them. */
  links?: LinkNetwork;
  /** The contacts of the scenario that run now, in random order; of all when none does. Draws from the node's stream. */
  contactsFor(node: HostedNode): PeerId[];
}

/** Arguments of an action of the plan. */
export type HostedActArgs = Readonly<Record<string, number | string | boolean>>;

/**
 * Base class of the nodes of a hosted model. An adapter derives from it and gives what is abstract; the world calls it.
 * Messages arrive by {@link HostedNode.receive}, from whatever transport the adapter has.
 */
export abstract class HostedLife<Config = unknown, DefectId extends string = string> extends HostedNode {
  readonly run: HostedRun<Config, DefectId>;
  private watch: NeighbourWatch | undefined = undefined;

  constructor(run: HostedRun<Config, DefectId>, peer: PeerId) {
    super(run.host, run.network.clockOf(peer));
    this.run = run;
  }

  /** Starts the target. Runs as an event of the node; a promise that it returns is followed. */
  abstract boot(): unknown;

  /** What the target has to do to leave. Runs as an event; once what it returns has settled, the life ends. Default nothing. */
  leave(): unknown {
    return undefined;
  }

  /**
   * The life is about to end: what the harness keeps for it (connections, streams, ledger entries) ends here, and other
   * sides are told by events. No code of this target may be called. Default nothing.
   */
  tearDown(_how: NodeEnd): void {
    // Nothing to do, as a rule.
  }

  /** True when what it begins to broadcast is meant to arrive. Default false. */
  get canPublish(): boolean {
    return false;
  }

  /** Begins a broadcast. Runs as an event of the node; see {@link canPublish}. */
  publish(_id: string, _content: string): unknown {
    return undefined;
  }

  /** Carries out an action of the plan. Runs as an event of the node. */
  act(_act: string, _args: HostedActArgs): unknown {
    return undefined;
  }

  /** A broadcast arrived here for the first time, or again; `id` is that of {@link publish}. */
  deliver(id: string, hops = 1): void {
    this.simulation.meters.counts[METER.deliveries]!++;
    this.simulation.observer?.delivered?.(this, id, hops);
  }

  override drained(): void {
    if (this.simulation.observer?.neighbour === undefined) return;
    const peers = this.neighbours();
    if (peers === undefined) return;
    this.watch ??= new NeighbourWatch(this);
    this.watch.look(peers);
  }

  override end(how: NodeEnd): void {
    this.tearDown(how);
    super.end(how);
  }
}
