// A workshop: a small model that holds things on purpose, for a while, and more of them the more it does.
// Invariant: with `lets-go` whatever it opens it closes; what it holds at a moment is a function of what it does then.
import * as v from 'valibot';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { sleep } from '../../sim/tasks/timers.ts';
import type { World } from '../../sim/world.ts';
import type { Model, ModelContext } from '../../models/model.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';

/** What a workshop does. */
export interface Workshop {
  /** A new connection to everyone so often, in microseconds; the one before is closed `overlapUs` later. */
  readonly renewUs: number;
  readonly overlapUs: number;
  /** False: the listener of every third operation stays when the operation is over. */
  readonly letsGo: boolean;
}

/** A soak of workshops, whose workload is operations of two to twenty seconds. */
export function workshopSoak(workshop: Workshop, input: ScenarioInput): Soak {
  const soak = resolveScenario(parseScenario({ nodes: 6, workload: { broadcastsPerSecond: 3 }, ...input }, 'workshop'));
  return { ...soak, model: modelOf(workshop) };
}

function modelOf(workshop: Workshop): Model {
  return {
    name: 'workshop',
    summary: 'operations with listeners, and connections that are renewed',
    source: 'made up',
    configSchema: v.unknown(),
    defects: [],
    acts: [],
    longestTimerUs: () => workshop.renewUs,
    longestRetentionUs: () => 0,
    retention: () => [],
    build: (context) => new WorkshopWorld(context, workshop),
  };
}

class WorkshopWorld implements World {
  readonly network: Network;
  private readonly simulation: Simulation;
  private readonly workshop: Workshop;

  constructor({ simulation, network }: ModelContext<unknown>, workshop: Workshop) {
    this.simulation = simulation;
    this.network = network;
    this.workshop = workshop;
  }

  start(peer: PeerId): Node {
    const random = this.simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const node = new WorkshopNode(random, this.workshop);
    this.simulation.attach(node, peer);
    node.begin();
    return node;
  }

  stop(node: Node): void {
    (node as WorkshopNode).executor.abortAll();
    this.simulation.detach(node, 'stopped');
  }

  kill(node: Node): void {
    (node as WorkshopNode).executor.end();
    this.simulation.detach(node, 'killed');
  }

  act(): boolean {
    return false;
  }

  /** An operation in place of a broadcast. */
  broadcast(node: Node): boolean {
    (node as WorkshopNode).operate();
    return false;
  }

  classOf(): string {
    return 'none';
  }
}

class WorkshopNode extends TaskNode {
  private readonly workshop: Workshop;
  private operations = 0;

  constructor(random: ConstructorParameters<typeof TaskNode>[0], workshop: Workshop) {
    super(random);
    this.workshop = workshop;
  }

  begin(): void {
    this.executor.spawn('workshop.renewer', this.renew());
    this.executor.drain();
  }

  operate(): void {
    this.executor.spawn('workshop.operation', this.operation(++this.operations));
    this.executor.drain();
  }

  override receive(): void {}

  private *operation(number: number): TaskBody<void> {
    const keeps = !this.workshop.letsGo && number % 3 === 0;
    const listener = this.open('listener', undefined, 'workshop.listener', 2000);
    try {
      yield* sleep(this.executor, this.random.between(2_000_000, 20_000_000), 'operation');
    } finally {
      if (!keeps) this.simulation.ledger?.close(listener, 'over');
    }
  }

  private *renew(): TaskBody<void> {
    for (;;) {
      for (const { peer } of this.simulation.live) {
        if (peer !== this.peer) this.executor.spawn('workshop.connection', this.connection(peer), { subject: peer });
      }
      yield* sleep(this.executor, this.workshop.renewUs, 'renew');
    }
  }

  /** Open for one turn, and for as long as it overlaps with the next; a peer that is gone is noticed each second. */
  private *connection(peer: PeerId): TaskBody<void> {
    const { renewUs, overlapUs } = this.workshop;
    const entry = this.open('connection', peer, 'workshop.connection', 5000);
    const { node } = peer;
    const { simulation } = this;
    const untilUs = simulation.nowUs + renewUs + overlapUs;
    try {
      while (simulation.nowUs < untilUs && node?.running === true) {
        yield* sleep(this.executor, Math.min(1_000_000, untilUs - simulation.nowUs), 'look');
      }
    } finally {
      simulation.ledger?.close(entry, 'closed');
    }
  }

  private open(kind: EntryKind, subject: PeerId | undefined, site: string, bytes: number): EntryId {
    return this.simulation.ledger?.open(kind, this, subject, site, bytes) ?? NO_ENTRY;
  }
}
