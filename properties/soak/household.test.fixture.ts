// A household: a small model with tasks, connections, spans, bytes and costs, and a switch for each way to go wrong.
// Invariant: without a switch it leaves nothing behind; every switch breaks one thing that a property must notice.
import * as v from 'valibot';
import { costTable } from '../../sim/cost/table.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import { METER } from '../../sim/meters.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { channel } from '../../sim/tasks/channel.ts';
import { Future, panic, PENDING, ready, yieldNow } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { sleep } from '../../sim/tasks/timers.ts';
import type { World } from '../../sim/world.ts';
import type { Model, ModelContext } from '../../models/model.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { ScenarioInput, Soak } from './scenario.ts';

/** Every way to go wrong. */
export const HOUSEHOLD_FAULTS = [
  'reader-stays',
  'readers-pile',
  'link-stays',
  'links-pile',
  'strangers-linked',
  'half-open-stays',
  'span-grows',
  'heap-grows',
  'spins',
  'feeds-itself',
  'panics',
  'inbox-waits',
  'queue-waits',
  'discards',
  'joins-late',
  'stays-alone',
  'never-stops',
  'cpu-creeps',
  'cpu-stays-up',
  'joins-again',
] as const;

/** Name of a way to go wrong. */
export type HouseholdFault = (typeof HOUSEHOLD_FAULTS)[number];

const COSTS = costTable({ poll: 1, tick: 50 });
const TICK_US = 1_000_000;
/** Peers the sum of whose indices it divides become strangers. */
const OF_STRANGERS = 3;
/** When faults that need no churn begin, in microseconds; in the middle of a tick. */
const TROUBLE_US = 100_500_000;

/** A soak of the household. */
export function householdSoak(input: ScenarioInput, ...faults: HouseholdFault[]): Soak {
  const scenario = { nodes: 6, workload: { broadcastsPerSecond: 0 }, ...input };
  const soak = resolveScenario(parseScenario(scenario, 'household'));
  return { ...soak, model: HOUSEHOLD, costs: COSTS, defects: faults };
}

const HOUSEHOLD: Model = {
  name: 'household',
  summary: 'tasks that keep a connection to everyone',
  source: 'made up',
  configSchema: v.unknown(),
  defects: [],
  acts: [],
  costs: COSTS,
  longestTimerUs: () => TICK_US,
  longestRetentionUs: () => 0,
  retention: () => [],
  build: (context) => new Household(context),
};

class Household implements World {
  readonly network: Network;
  private readonly simulation: Simulation;
  private readonly faults: ReadonlySet<string>;

  constructor({ simulation, network, defects }: ModelContext<unknown>) {
    this.simulation = simulation;
    this.network = network;
    this.faults = defects;
  }

  start(peer: PeerId): Node {
    const random = this.simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const node = new Member(random, this.faults as ReadonlySet<HouseholdFault>);
    this.simulation.attach(node, peer);
    node.begin();
    return node;
  }

  stop(node: Node): void {
    if (this.faults.has('never-stops')) return;
    (node as Member).executor.abortAll();
    this.simulation.detach(node, 'stopped');
  }

  kill(node: Node): void {
    (node as Member).executor.end();
    this.simulation.detach(node, 'killed');
  }

  act(): boolean {
    return false;
  }

  broadcast(): boolean {
    return false;
  }

  classOf(payload: unknown): string {
    return (payload as { kind: string }).kind;
  }
}

/** One member: an actor that looks around each second, and a reader for each other member. */
class Member extends TaskNode {
  private readonly faults: ReadonlySet<HouseholdFault>;
  /** The life that each connection is to. */
  private readonly known = new Map<PeerId, Node>();
  private span: EntryId = NO_ENTRY;
  private met = 0;
  private quiet = false;

  constructor(random: ConstructorParameters<typeof TaskNode>[0], faults: ReadonlySet<HouseholdFault>) {
    super(random);
    this.faults = faults;
  }

  begin(): void {
    this.executor.spawn('household.actor', this.actor());
    this.executor.drain();
  }

  override receive(): void {}

  override neighbours(): readonly PeerId[] {
    if (this.quiet) return [];
    return [...this.known.keys()].filter((peer) => peer.node !== undefined && !this.isStranger(peer));
  }

  override expose(): Record<string, unknown> {
    return {};
  }

  private has(fault: HouseholdFault): boolean {
    return this.faults.has(fault);
  }

  /** Both sides say the same; who is no neighbour any more is talked to no more. */
  private isStranger(peer: PeerId): boolean {
    const { simulation } = this;
    return (
      this.has('strangers-linked') &&
      simulation.nowUs > TROUBLE_US &&
      (peer.index + this.peer.index) % OF_STRANGERS === 0
    );
  }

  private *actor(): TaskBody<void> {
    const { ledger } = this.simulation;
    this.span = this.open('span', undefined, 'telemetry.actor', 5000);
    const isNewcomer = this.bornUs > TROUBLE_US;
    this.quiet = isNewcomer && this.has('stays-alone');
    try {
      yield* sleep(this.executor, isNewcomer && this.has('joins-late') ? 7_500_000 : 50_000, 'begin');
      for (;;) {
        this.tick();
        yield* sleep(this.executor, TICK_US, 'tick');
      }
    } finally {
      ledger?.close(this.span, 'closed');
    }
  }

  private tick(): void {
    const { simulation } = this;
    this.charge(COSTS.index.tick, this.load());
    for (const other of simulation.live) {
      if (other === this || this.known.get(other.peer) === other) continue;
      this.known.set(other.peer, other);
      this.meet(other);
    }
    for (const peer of this.known.keys()) if (peer.node === undefined) this.known.delete(peer);
    if (this.has('span-grows')) simulation.ledger?.addBytes(this.span, 100);
    if (this.has('joins-again')) {
      simulation.meters.counts[METER.joins]! += 10;
      simulation.meters.counts[METER.joinsRedundant]! += 10;
    }
    const [first] = this.known.keys();
    if (first === undefined || simulation.nowUs < TROUBLE_US) return;
    if (this.has('discards')) simulation.observer?.discarded?.(this, first, 'no link');
    if (simulation.nowUs < TROUBLE_US + TICK_US) this.makeTrouble(first);
  }

  private makeTrouble(first: PeerId): void {
    if (this.has('inbox-waits')) this.open('buffer', undefined, 'household.inbox', 10);
    if (this.has('queue-waits')) this.open('buffer', first, 'household.queue', 10);
    if (this.has('spins') && this.peer.index === 0) this.executor.spawn('household.spinner', spin());
    if (this.has('feeds-itself') && this.peer.index === 0) {
      this.executor.spawn('household.glutton', feast(this));
    }
    if (this.has('panics')) this.executor.spawn('household.fool', fail());
  }

  private load(): number {
    if (this.has('cpu-creeps')) return 1 + Math.floor(this.simulation.nowUs / TICK_US);
    return this.has('cpu-stays-up') && this.met > 5 ? 100 : 1;
  }

  private meet(other: Node): void {
    const { simulation } = this;
    this.met++;
    if (!this.quiet) simulation.observer?.neighbour?.(this, other.peer, true);
    this.executor.spawn('household.reader', this.reader(other), { subject: other.peer, bytes: 300 });
    if (this.has('readers-pile')) this.executor.spawn('household.pile', idle(this));
    if (this.has('half-open-stays')) this.open('half-open', undefined, 'household.dial', 0);
    if (this.has('heap-grows')) this.open('timer', undefined, 'attic.box', 10_000);
  }

  private *reader(other: Node): TaskBody<void> {
    const { ledger } = this.simulation;
    const link = this.open('connection', other.peer, 'household.link', 2000);
    try {
      for (let second = 0; other.running || this.has('reader-stays'); second++) {
        if (second % 60 === 59 && this.has('links-pile')) this.open('connection', other.peer, 'household.link', 0);
        if (!this.isStranger(other.peer)) ledger?.use(link);
        yield* sleep(this.executor, TICK_US, 'reader');
      }
    } finally {
      if (!this.has('link-stays')) ledger?.close(link, 'closed');
    }
  }

  private open(kind: EntryKind, subject: PeerId | undefined, site: string, bytes: number): EntryId {
    return this.simulation.ledger?.open(kind, this, subject, site, bytes) ?? NO_ENTRY;
  }
}

function* spin(): TaskBody<void> {
  yield* new Restless();
}

/** For some seconds each item that it takes makes it send itself another: every poll achieves something, for nothing. */
function* feast({ simulation }: Member): TaskBody<void> {
  const { sender, receiver } = channel<number>(1);
  const untilUs = simulation.nowUs + 5 * TICK_US;
  while (simulation.nowUs < untilUs) {
    sender.trySend(0);
    yield* receiver.recv();
    yield* yieldNow();
  }
}

function* fail(): TaskBody<void> {
  yield* ready(undefined);
  panic('the fool fell');
}

function* idle(member: Member): TaskBody<void> {
  for (;;) yield* sleep(member.executor, 3_600_000_000, 'idle');
}

/** Wakes whoever waits for it, and never comes. */
class Restless extends Future<never> {
  override poll(waker: Waker): Pending {
    waker.wake();
    return PENDING;
  }

  override drop(): void {}
}
