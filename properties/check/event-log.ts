// Writes a simulated run as an event log: what a real system would have to tell for the same judgement.
// Invariant: it observes and never steers; the run has the digest of one that is not written, and times only grow.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId, LedgerOwner } from '../../sim/ledger/ledger.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd, Observer } from '../../sim/simulation.ts';
import { WatchedLedger } from '../explain/watched-ledger.ts';
import type { LedgerListener } from '../explain/watched-ledger.ts';
import { boundsOf } from '../soak/bounds.ts';
import { errorOfModel, startSoak } from '../soak/run.ts';
import type { StartedSoak } from '../soak/run.ts';
import type { Soak } from '../soak/scenario.ts';
import { ActionTeller, isOfLives, tallyOf } from './action-teller.ts';
import { CollectionTeller } from './collection-teller.ts';
import type { WrittenEvent } from './event.ts';
import { SpendingTeller } from './spending-teller.ts';
import { LOG_VERSION } from './terms.ts';
import type { TermsInput } from './terms.ts';

/** What is spent is told of so often in the length of a calm, and at most once a second. */
const TOLD_PER_CALM = 64;
const SECOND_US = 1_000_000;

/** How a run is written. */
export interface EventLogOptions {
  /** Called as virtual time passes, with the share done (0 to 1). */
  readonly onProgress?: (share: number) => void;
  /** Asked now and then; true ends the run early. */
  readonly expired?: () => boolean;
}

/**
 * Runs a soak and writes it as an event log, which `quicksoak check` judges by the same properties.
 *
 * @param write - Called with each line, its newline included; the first is the header.
 * @returns The digest of the run, 16 hexadecimal digits, and whether it reached its end.
 * @throws {InputError} `model-threw` for a model of one's own that throws.
 */
export function writeEventLog(
  soak: Soak,
  write: (line: string) => void,
  options: EventLogOptions = {},
): { readonly digest: string; readonly whole: boolean } {
  return new EventLogWriter(soak, write).run(options);
}

/** The terms that a soak is judged by, for the header of its log. */
export function termsOf(soak: Soak): TermsInput {
  const { settleUs, residueUs, waitUs, rejoinUs } = boundsOf(soak);
  const retain = soak.model.retention(soak.config).map((declared) => {
    const { path, why } = declared;
    if ('cap' in declared) return { path, cap: declared.cap, why };
    if ('limit' in declared) return { path, limit: declared.limit, why };
    return 'forUs' in declared
      ? { path, for: formatDuration(declared.forUs), why }
      : { path, while: [...declared.while], why };
  });
  return {
    calm: formatDuration(soak.calmUs),
    settle: formatDuration(settleUs),
    residue: formatDuration(residueUs),
    wait: formatDuration(waitUs),
    rejoin: formatDuration(rejoinUs),
    connectTimeout: formatDuration(soak.network.connectTimeoutUs),
    warmUp: formatDuration(Math.min(BOOTSTRAP_US, soak.endUs)),
    hosts: soak.contacts.map((index) => `p${index}`),
    retain,
  };
}

const NO_NEIGHBOURS: ReadonlySet<PeerId> = new Set();
/** Of a node that told that it is outside the overlay. */
const OUTSIDE: ReadonlySet<PeerId> = new Set();

class EventLogWriter implements Observer, LedgerListener {
  private readonly soak: Soak;
  private readonly write: (line: string) => void;
  private readonly soaked: StartedSoak;
  private readonly ledger: WatchedLedger;
  private readonly collections: CollectionTeller;
  private readonly spending: SpendingTeller;
  private readonly stoppingTold = new WeakSet<Node>();
  /** The neighbours of each node, as far as they were told. */
  private readonly neighbours = new WeakMap<Node, ReadonlySet<PeerId>>();
  /** What was used since use was told of last. */
  private readonly usedNow = new Set<EntryId>();
  /** True once any node had a neighbour. */
  private hasOverlay = false;
  private readonly actions = new ActionTeller();
  /** What was told since an action began whose own line must come before it; undefined outside one. */
  private pending: string[] | undefined = undefined;
  /** How often each kind of action had taken effect by then. */
  private tallies = new Map<string, number>();

  constructor(soak: Soak, write: (line: string) => void) {
    this.soak = soak;
    this.write = write;
    this.soaked = startSoak(soak, { keepCosts: true });
    const { simulation, world } = this.soaked;
    this.ledger = new WatchedLedger(simulation, this);
    simulation.ledger = this.ledger;
    simulation.observer = this;
    const tell = (node: Node | undefined, event: WrittenEvent): void => this.tell(node, event);
    this.collections = new CollectionTeller(soak, simulation, world, tell);
    this.spending = new SpendingTeller(simulation, tell);
  }

  run({ onProgress, expired }: EventLogOptions): ReturnType<typeof writeEventLog> {
    this.write(`${JSON.stringify({ quicksoak: 'events', version: LOG_VERSION, terms: termsOf(this.soak) })}\n`);
    const { simulation } = this.soaked;
    try {
      for (const { atUs, tell } of this.moments()) {
        if (atUs > simulation.nowUs || atUs === 0) {
          const outcome = simulation.run({ untilUs: atUs, ...(expired === undefined ? {} : { expired }) });
          if (outcome !== 'reached' || expired?.() === true) return this.result(false);
        }
        tell();
        onProgress?.(atUs / this.soak.endUs);
      }
    } catch (error) {
      throw errorOfModel(error, this.soak, simulation);
    }
    return this.result(true);
  }

  event(_timeUs: number, node: Node): void {
    this.spending.attribute(node);
    this.tellStopping();
  }

  started(node: Node): void {
    this.tell(node, { kind: 'up', incarnation: node.peer.incarnations });
  }

  ended(node: Node, how: NodeEnd): void {
    this.spending.tellEnd(node);
    this.tell(node, { kind: 'down', reason: how });
  }

  dialled(node: Node, peer: PeerId): void {
    this.spending.dials++;
    this.tell(node, { kind: 'dial', subject: String(peer) });
  }

  broadcast(origin: Node, id: string): void {
    this.tell(origin, { kind: 'broadcast', id });
  }

  delivered(node: Node, id: string): void {
    this.tell(node, { kind: 'delivered', id });
  }

  discarded(node: Node, peer: PeerId, what: string): void {
    this.tell(node, { kind: 'discarded', subject: String(peer), what });
  }

  opened(
    id: EntryId,
    kind: EntryKind,
    owner: LedgerOwner,
    subject: PeerId | undefined,
    site: string,
    bytes: number,
  ): void {
    const event = { id, site, subject: subject?.toString(), bytes: bytes > 0 ? bytes : undefined };
    if (kind === 'half-open') this.tell(owner, { kind: 'connection-opened', ...event, state: 'half-open' });
    else this.tell(owner, { kind: kind === 'task' ? 'task-spawned' : `${kind}-opened`, ...event });
  }

  closing(id: EntryId, reason: string): void {
    const { kind, owner } = this.ledger.entryOf(id)!;
    this.tell(owner, { kind: kind === 'task' ? 'task-finished' : `${resourceOf(kind)}-closed`, id, reason });
  }

  held(id: EntryId): void {
    const { kind, owner, bytes } = this.ledger.entryOf(id)!;
    this.tell(owner, { kind: 'bytes', what: resourceOf(kind), id, bytes });
  }

  used(id: EntryId): void {
    this.usedNow.add(id);
  }

  settling(): void {
    // The end of its owner says it all.
  }

  private result(whole: boolean): ReturnType<typeof writeEventLog> {
    return { digest: this.soaked.simulation.digest.hex, whole };
  }

  private tell(node: Pick<Node, 'peer'> | undefined, event: WrittenEvent): void {
    const { nowUs } = this.soaked.simulation;
    const { kind, ...fields } = event;
    const line = `${JSON.stringify({ timeUs: nowUs, node: node?.peer.toString(), kind, ...fields })}\n`;
    if (this.pending === undefined) this.write(line);
    else this.pending.push(line);
  }

  /** Nodes that take their time to stop; the others' end says it all. */
  private tellStopping(): void {
    const { driver } = this.soaked;
    for (const [node] of driver.stopping()) {
      if (this.stoppingTold.has(node)) continue;
      this.stoppingTold.add(node);
      this.tell(node, { kind: 'stopping' });
    }
  }

  /** When there is something to be told besides what is observed; in time order. */
  private moments(): { readonly atUs: number; readonly tell: () => void }[] {
    const { endUs, calms, calmUs, plan } = this.soak;
    const everyUs = Math.max(SECOND_US, Math.ceil(calmUs / TOLD_PER_CALM / SECOND_US) * SECOND_US);
    const moments = calms.map(({ untilUs }) => ({ atUs: untilUs, tell: () => this.tellHeld() }));
    for (let atUs = everyUs; atUs < endUs; atUs += everyUs) moments.push({ atUs, tell: () => this.tellOften() });
    for (const action of plan.actions) {
      if (isOfLives(action) || action.atUs > endUs) continue;
      // What an action causes is written after it, and what it is depends on whether it changed anything.
      moments.push({ atUs: Math.max(0, action.atUs - 1), tell: () => this.hold() });
      moments.push({ atUs: action.atUs, tell: () => this.tellAction(action) });
    }
    moments.push({ atUs: endUs, tell: () => this.tellOften() });
    return moments.toSorted((a, b) => a.atUs - b.atUs);
  }

  /** A node that has no such relation, where others have: it has left the overlay, or has not come to it yet. */
  private tellOutside(node: Node, before: ReadonlySet<PeerId>): void {
    if (!this.hasOverlay || before === OUTSIDE) return;
    this.tell(node, { kind: 'neighbour-down' });
    this.neighbours.set(node, OUTSIDE);
  }

  private hold(): void {
    if (this.pending !== undefined) return;
    this.pending = [];
    this.tallies = new Map([...this.soaked.driver.tallies].map(([key, { applied }]) => [key, applied]));
  }

  private tellAction(action: ChurnAction): void {
    const key = tallyOf(action);
    const [before, now] = [this.tallies.get(key) ?? 0, this.soaked.driver.tallies.get(key)?.applied ?? 0];
    this.tallies.set(key, Math.min(before + 1, now));
    const lines = this.pending ?? [];
    this.pending = undefined;
    for (const event of this.actions.eventsOf(action, now > before)) this.tell(undefined, event);
    for (const line of lines) this.write(line);
  }

  private tellHeld(): void {
    this.tellOften();
    this.collections.tell();
  }

  private tellOften(): void {
    this.spending.tell();
    this.tellUse();
    for (const node of this.soaked.simulation.running()) this.tellNeighbours(node);
  }

  /** Use is told of once for each thing, however often it was: that it was is what counts. */
  private tellUse(): void {
    for (const id of this.usedNow) {
      const entry = this.ledger.entryOf(id);
      if (entry !== undefined) this.tell(entry.owner, { kind: 'used', what: resourceOf(entry.kind), id });
    }
    this.usedNow.clear();
  }

  /** What the node's own state says counts, not what it was told, so that both sides can be held against each other. */
  private tellNeighbours(node: Node): void {
    const neighbours = node.neighbours();
    const before = this.neighbours.get(node) ?? NO_NEIGHBOURS;
    if (neighbours === undefined) return this.tellOutside(node, before);
    const now = new Set(neighbours);
    if (now.size > 0) this.hasOverlay = true;
    for (const peer of before) if (!now.has(peer)) this.tell(node, { kind: 'neighbour-down', subject: String(peer) });
    for (const peer of now) if (!before.has(peer)) this.tell(node, { kind: 'neighbour-up', subject: String(peer) });
    this.neighbours.set(node, now);
  }
}

function resourceOf(kind: EntryKind): string {
  return kind === 'half-open' ? 'connection' : kind;
}
