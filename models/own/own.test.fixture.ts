// What the tests of models of one's own share: a small population of one, driven by hand.
// Invariant: the same seed and calls give the same digest.
import { parseInput } from '../../sim/input.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import { CostAccount } from '../../sim/cost/account.ts';
import type { Model } from '../model.ts';

/** How a population is set up; everything has a default. */
export interface PopulationOptions {
  readonly seed?: string;
  readonly config?: unknown;
  readonly defects?: readonly string[];
  readonly network?: unknown;
  /** How many of the first peers are contacts; default 3. */
  readonly contacts?: number;
  readonly recorder?: Recorder;
}

/** A world and its peers. */
export class Population {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly world: World;

  constructor(model: Model, options: PopulationOptions = {}) {
    const { seed = 'own', config = {}, defects = [], network = {}, contacts = 3, recorder } = options;
    this.simulation = new Simulation({ seed });
    this.ledger = new Ledger(this.simulation);
    this.simulation.ledger = this.ledger;
    if (model.costs !== undefined) this.simulation.costs = new CostAccount(model.costs);
    this.world = model.build({
      simulation: this.simulation,
      network: new Network(this.simulation, parseInput(networkConfigSchema, network, 'network', 'bad-network')),
      config: parseInput(model.configSchema, config, 'config', 'bad-config'),
      defects: new Set(defects),
      contacts: Array.from({ length: contacts }, (_, index) => index),
      ...(recorder === undefined ? {} : { recorder }),
    });
  }

  peer(index: number): PeerId {
    return this.simulation.peers.intern(index);
  }

  /** Starts a peer. */
  start(index: number): Node {
    return this.world.start(this.peer(index));
  }

  /** Starts the first peers. */
  startAll(count: number): Node[] {
    return Array.from({ length: count }, (_, index) => this.start(index));
  }

  /** Lets so many virtual seconds pass. */
  runFor(seconds: number): void {
    this.simulation.run({ untilUs: this.simulation.nowUs + seconds * 1_000_000 });
  }

  get digest(): string {
    return this.simulation.digest.hex;
  }
}
