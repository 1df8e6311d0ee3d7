// A lender: a small model whose acts open a handshake, set it a deadline, and take the deadline away again.
// Invariant: what is left follows from the acts alone, so that a test can say which prefix of a plan leaves what.
import * as v from 'valibot';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Network } from '../../sim/network/network.ts';
import { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Model, ModelContext } from '../../models/model.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Soak } from '../soak/scenario.ts';

/** What p1 can be told: open a handshake with p0, give it a deadline, take the deadline away, answer p0. */
export type Lending = 'open' | 'hurry' | 'wait' | 'ask';

/** A soak of two lenders: p1 is told these things, a second apart, from 100 s on. */
export function lenderSoak(...told: Lending[]): Soak {
  const actions = told.map((act, place): ChurnAction => {
    return { atUs: 100_000_000 + place * 1_000_000, kind: 'act', peer: 1, act };
  });
  const plan = { version: 1, actions };
  const scenario = parseScenario({ nodes: 2, plan: { version: 1, actions: [] }, for: '10m' }, 'lender');
  const soak = resolveScenario({ ...scenario, workload: { broadcastsPerSecond: 0, payloadBytes: 0 } });
  const fromUs = 100_000_000 + told.length * 1_000_000;
  return {
    ...soak,
    model: LENDER,
    plan: plan as Soak['plan'],
    calms: [{ fromUs, untilUs: soak.endUs, faulted: false }],
  };
}

/** How long a deadline is, in microseconds. */
const DEADLINE_US = 10_000_000;

const LENDER: Model = {
  name: 'lender',
  summary: 'handshakes that acts open and end',
  source: 'made up',
  configSchema: v.unknown(),
  defects: [],
  acts: ['open', 'hurry', 'wait', 'ask'],
  longestTimerUs: () => DEADLINE_US,
  longestRetentionUs: () => 0,
  retention: () => [],
  build: (context) => new Lenders(context),
};

class Lenders implements World {
  readonly network: Network;
  private readonly simulation: Simulation;

  constructor({ simulation, network }: ModelContext<unknown>) {
    this.simulation = simulation;
    this.network = network;
  }

  start(peer: PeerId): Node {
    const node = new Lender();
    this.simulation.attach(node, peer);
    return node;
  }

  stop(node: Node): void {
    this.simulation.detach(node, 'stopped');
  }

  kill(node: Node): void {
    this.simulation.detach(node, 'killed');
  }

  act(node: Node, act: string): boolean {
    (node as Lender).told(act as Lending);
    return true;
  }

  broadcast(): boolean {
    return false;
  }

  classOf(payload: unknown): string {
    return (payload as { kind: string }).kind;
  }
}

class Lender extends Node {
  private entry: EntryId = NO_ENTRY;
  private deadline: TimerHandle | undefined = undefined;

  told(act: Lending): void {
    const { simulation } = this;
    const other = simulation.peers.intern(0);
    if (act === 'open') this.entry = simulation.ledger?.open('half-open', this, other, 'lender.dial') ?? NO_ENTRY;
    else if (act === 'hurry') this.deadline = simulation.setTimer(this, DEADLINE_US, { kind: 'deadline' });
    else if (act === 'wait' && this.deadline !== undefined) simulation.cancelTimer(this.deadline);
    else if (act === 'ask') simulation.post(other.node!, 1_000, 1, { kind: 'question' });
  }

  override onMessage(_word: number, message: unknown): void {
    const { kind } = message as { kind: string };
    if (kind === 'question') this.simulation.post(this.simulation.peers.intern(1).node!, 1_000, 0, { kind: 'answer' });
  }

  override onTimer(): void {
    this.simulation.ledger?.close(this.entry, 'gave up');
  }
}
