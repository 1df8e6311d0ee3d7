// Watches one run for an explanation: what is left at a moment, and what happened between an owner and its subject.
// Invariant: it reads and never steers; a run that is watched has the digest of one that is not.
import { pathsTo } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import { faultSpansOf } from '../../sim/churn/calms.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId, LedgerOwner, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd, Observer } from '../../sim/simulation.ts';
import { boundsOf } from '../soak/bounds.ts';
import { DialWatch } from '../soak/dial-watch.ts';
import type { LookTerms } from '../soak/ledger-look.ts';
import { relationOf } from '../soak/overlay.ts';
import { pendingItems } from '../soak/pending-items.ts';
import { errorOfModel, startSoak } from '../soak/run.ts';
import type { StartedSoak } from '../soak/run.ts';
import type { Soak } from '../soak/scenario.ts';
import { CauseTrace } from './cause.ts';
import type { Cause } from './cause.ts';
import { EntryWatch, isLeak } from './entry-watch.ts';
import type { EntryEnd, WatchedEntry } from './entry-watch.ts';
import { Facts, WEIGHT } from './facts.ts';
import { leftEntries, Mentions } from './left.ts';
import { MentionWatch } from './mention-watch.ts';
import type { Leak, LeakedEntry, LeakedMention } from './leak.ts';
import { WatchedLedger } from './watched-ledger.ts';
import type { LedgerListener } from './watched-ledger.ts';

/** Virtual time between two questions whether to stop, in microseconds. */
const SLICE_US = 10_000_000;

/** A dial to a departed peer by a node that had been told of its end and had no declared reason. */
export interface SeenDial {
  readonly atUs: number;
  readonly from: PeerId;
  /** Which life of it. */
  readonly life: number;
  readonly to: PeerId;
  /** When that one had departed, in microseconds. */
  readonly departedUs: number;
  /** The path class in which the dialler mentioned the peer, nearest first; empty for none that it exposes. */
  readonly path: string;
}

/** See the file's head. */
export class RunWatch implements LedgerListener {
  readonly started: StartedSoak;
  readonly entries = new EntryWatch();
  readonly facts = new Facts();
  /** Dials that nothing explains, in order. */
  readonly ghostDials: SeenDial[] = [];
  /** The leaked entry as it was opened, and how it ended; undefined while it did not. */
  leaked: WatchedEntry | undefined = undefined;
  leakedEnd: EntryEnd | undefined = undefined;
  /** The mentions of the leak's path; undefined when the leak is none. */
  readonly mentions: MentionWatch | undefined;
  /** The last event of the leak's owner that had to do with its subject. */
  lastTouch: { readonly atUs: number; readonly cause: Cause } | undefined = undefined;

  private readonly soak: Soak;
  private readonly leak: Leak | undefined;
  private readonly trace: CauseTrace;
  private readonly dials = new DialWatch();
  private readonly told = new Map<Node, Set<PeerId>>();
  private readonly rules: RetentionRules;
  private readonly look: Mentions;
  private handled: unknown = undefined;
  /** When the event at hand began. */
  private lastUs = 0;

  /** @param leak - What to follow; default: nothing, as for a survey. */
  constructor(soak: Soak, leak?: Leak) {
    this.soak = soak;
    this.leak = leak;
    this.started = startSoak(soak);
    const { simulation, world } = this.started;
    this.rules = new RetentionRules(soak.model.retention(soak.config));
    this.look = new Mentions(this.rules);
    this.mentions = leak?.kind === 'mention' ? new MentionWatch(this.look, leak, this.facts) : undefined;
    this.trace = new CauseTrace(simulation, world, (from, to, message) => this.sent(from, to, message));
    simulation.ledger = new WatchedLedger(simulation, this);
    simulation.observer = this.observer();
  }

  /**
   * Runs on to a virtual time, or until the leaked entry has ended.
   *
   * @param onSlice - Called as virtual time passes.
   * @returns False when there was no time.
   * @throws {InputError} `model-threw` for a model of one's own that throws.
   */
  runTo(untilUs: number, expired: () => boolean, onSlice: () => void = () => {}): boolean {
    const { simulation } = this.started;
    try {
      while (simulation.nowUs < untilUs && this.leakedEnd === undefined) {
        const sliceUs = Math.min(untilUs, simulation.nowUs + SLICE_US);
        if (simulation.run({ untilUs: sliceUs, expired }) !== 'reached' || expired()) return false;
        onSlice();
      }
    } catch (error) {
      throw errorOfModel(error, this.soak, simulation);
    }
    this.showState();
    return true;
  }

  /** Why it is as it is now. */
  get cause(): Cause {
    return this.trace.now;
  }

  /** What is left now: every open entry with what speaks against it, and all residue. */
  *left(): Generator<Leak, void, undefined> {
    const { simulation, world, driver } = this.started;
    const terms = this.terms();
    const stopping = driver.stopping();
    const pending = pendingItems(simulation, world);
    for (const node of simulation.running()) {
      const toldUs = stopping.get(node);
      const unstopped = toldUs !== undefined && toldUs + terms.settleUs < terms.nowUs;
      for (const { entry, fault } of leftEntries(simulation.ledger!, node, terms, unstopped)) {
        const watched = this.entries.open.get(entry.id);
        if (watched !== undefined) yield { ...leakOf(watched), bytes: entry.bytes, fault };
      }
      for (const { path, peer } of this.look.residue(node, pending, terms.nowUs)) yield mentionOf(node, path, peer);
    }
  }

  /** True when the leak that is followed is left now: open or mentioned, with what spoke against it doing so here too. */
  isLeft(): boolean {
    const { leak } = this;
    if (leak?.kind === 'entry') return this.leaked !== undefined && this.entryIsLeft(leak);
    if (leak === undefined) return false;
    if (leak.fault === 'dialled') return this.ghostDials.some((dial) => isDial(dial, leak));
    const node = this.ownerNow(leak);
    if (node === undefined) return false;
    const { simulation, world } = this.started;
    const found = this.look.residue(node, pendingItems(simulation, world), simulation.nowUs);
    return found.some(({ path, peer }) => path === leak.path && peer.index === leak.subject);
  }

  /** Looks at the state that the last event has left. */
  private showState(): void {
    this.mentions?.look(this.lastUs, this.trace.whole);
    this.lastUs = this.nowUs;
  }

  /** The running node that owns the leak; undefined when its life is over. */
  ownerNow({ owner, life }: Leak): Node | undefined {
    for (const node of this.started.simulation.running()) {
      if (node.peer.index === owner && node.peer.incarnations === life) return node;
    }
    return undefined;
  }

  // What the ledger tells

  opened(id: EntryId, kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined, site: string): void {
    const entry = this.entries.opened(id, kind, owner, subject, site, this.nowUs, this.cause);
    const { leak } = this;
    if (leak === undefined) return;
    const isIt = leak.kind === 'entry' && isLeak(entry, leak);
    if (isIt) this.leaked = entry;
    if (!isIt && !this.concerns(owner.peer, subject, site)) return;
    const succeeds = subject !== undefined && !isIt && this.leaked !== undefined && isAlike(entry, this.leaked);
    this.fact(owner.peer, `opened ${entryText(entry)}`, WEIGHT.entry, succeeds);
  }

  closing(id: EntryId, reason: string): void {
    const entry = this.entries.closed(id, reason, this.cause);
    if (entry !== undefined) this.ended(entry, reason);
  }

  settling(entries: readonly OpenEntry[], how: 'stopped' | 'killed'): void {
    for (const open of entries) {
      const entry = this.entries.settled(open);
      if (entry !== undefined && entry === this.leaked) this.ended(entry, how);
    }
  }

  private ended(entry: WatchedEntry, reason: string): void {
    if (entry === this.leaked) this.leakedEnd = { atUs: this.nowUs, reason, cause: this.cause };
    if (!this.concerns(entry.owner.peer, entry.subject, entry.site)) return;
    this.fact(entry.owner.peer, `closed ${entryText(entry)} (${reason})`, WEIGHT.entry);
  }

  // What the engine tells

  private observer(): Observer {
    return {
      event: (_atUs, node, kind, payload) => this.event(node, kind, payload),
      started: (node) => this.life(node, 'began'),
      ended: (node, how) => this.nodeEnded(node, how),
      dialled: (node, peer) => this.dialled(node, peer),
      toldClosed: (node, peer) => this.toldClosed(node, peer),
      neighbour: (node, peer, up) =>
        this.relation(node, peer, `${up ? 'took' : 'lost'} ${String(peer)} as a neighbour`, WEIGHT.relation, !up),
      discarded: (node, peer, what) =>
        this.relation(node, peer, `threw away a message for ${String(peer)}: ${what}`, WEIGHT.relation),
    };
  }

  private event(node: Node, kind: number, payload: unknown): void {
    this.showState();
    this.trace.event(node, kind, payload);
    this.handled = payload;
    const { leak, cause } = this;
    if (leak === undefined) return;
    this.mentions?.before(node);
    const { from, at } = cause;
    if (from === undefined || at === undefined || !this.isPair(from, at)) return;
    this.fact(at, '', WEIGHT.message);
  }

  private nodeEnded(node: Node, how: NodeEnd): void {
    this.mentions?.ended(node);
    this.dials.ended(node);
    this.told.delete(node);
    this.life(node, how === 'killed' ? 'was killed' : 'ended');
  }

  private dialled(node: Node, peer: PeerId): void {
    this.dials.dialled(node, peer, this.nowUs);
    this.relation(node, peer, `dialled ${String(peer)}${peer.departed ? ', which is gone' : ''}`, WEIGHT.dial);
    if (!peer.departed || this.told.get(node)?.has(peer) !== true) return;
    const path = 'handled';
    const pending = [{ node, path, payload: this.handled }];
    const held = pathsTo(peer, { nowUs: this.nowUs, node, pending, retention: this.rules });
    if (held.some((where) => where.retention !== undefined || where.path.startsWith(path))) return;
    const life = node.peer.incarnations;
    const from = node.peer;
    const departedUs = peer.departedAtUs;
    this.ghostDials.push({ atUs: this.nowUs, from, life, to: peer, departedUs, path: held[0]?.path ?? '' });
  }

  private toldClosed(node: Node, peer: PeerId): void {
    this.relation(node, peer, `learned that its connection to ${String(peer)} is closed`, WEIGHT.relation, true);
    if (!peer.departed) return;
    const known = this.told.get(node);
    if (known === undefined) this.told.set(node, new Set([peer]));
    else known.add(peer);
  }

  private sent(from: PeerId, to: Node, message: unknown): void {
    if (this.leak === undefined || !this.isPair(from, to.peer)) return;
    this.fact(from, `sent ${this.trace.classOf(message)} to ${String(to.peer)}`, WEIGHT.message);
  }

  private life(node: Node, what: string): void {
    const { leak } = this;
    if (leak === undefined || (node.peer.index !== leak.owner && node.peer.index !== leak.subject)) return;
    this.fact(node.peer, what, WEIGHT.life, !node.running);
  }

  private relation(node: Node, peer: PeerId, did: string, weight: number, turn = false): void {
    if (this.leak !== undefined && this.isPair(node.peer, peer)) this.fact(node.peer, did, weight, turn);
  }

  private fact(peer: PeerId, did: string, weight: number, turn = false): void {
    const { leak, cause, nowUs } = this;
    this.facts.add(nowUs, peer.index, cause, did, weight, turn);
    if (peer.index === leak?.owner && leak.subject !== undefined) this.lastTouch = { atUs: nowUs, cause };
  }

  /** True for the owner and the subject of the leak, in either order. */
  private isPair(one: PeerId, other: PeerId): boolean {
    const { owner, subject } = this.leak!;
    return (one.index === owner && other.index === subject) || (one.index === subject && other.index === owner);
  }

  /** An entry of one of the pair about the other; of a leak without a subject, one of the same site. */
  private concerns(owner: PeerId, subject: PeerId | undefined, site: string): boolean {
    const { leak } = this;
    if (leak === undefined) return false;
    if (leak.subject !== undefined) return subject !== undefined && this.isPair(owner, subject);
    return leak.kind === 'entry' && owner.index === leak.owner && site === leak.site;
  }

  private entryIsLeft(leak: LeakedEntry): boolean {
    const { leaked } = this;
    if (leaked === undefined || this.leakedEnd !== undefined) return false;
    const { simulation } = this.started;
    const node = this.ownerNow(leak);
    if (node === undefined) return false;
    const terms = this.terms();
    const toldUs = this.started.driver.stopping().get(node);
    const unstopped = toldUs !== undefined && toldUs + terms.settleUs < terms.nowUs;
    for (const { entry, fault } of leftEntries(simulation.ledger!, node, terms, unstopped)) {
      if (this.entries.open.get(entry.id) !== leaked) continue;
      return fault === leak.fault || fault === 'overdue' || (leak.fault === 'overdue' && fault === 'superseded');
    }
    return false;
  }

  private get nowUs(): number {
    return this.started.simulation.nowUs;
  }

  private terms(): LookTerms {
    const { soak, dials, nowUs } = this;
    const { settleUs, residueUs, waitUs } = boundsOf(soak);
    const atFault = faultSpansOf(soak.plan).find(({ fromUs, untilUs }) => fromUs <= nowUs && nowUs < untilUs)?.peers;
    const { connectTimeoutUs } = soak.network;
    const relations = [relationOf(this.started.simulation.running())];
    return { nowUs, connectTimeoutUs, settleUs, residueUs, waitUs, atFault, dials, relations };
  }
}

function leakOf({
  kind,
  site,
  owner,
  life,
  subject,
  bornUs,
  ordinal,
}: WatchedEntry): Omit<LeakedEntry, 'fault' | 'bytes'> {
  const about = subject?.index;
  return { kind: 'entry', entryKind: kind, site, owner: owner.peer.index, life, subject: about, bornUs, ordinal };
}

function mentionOf({ peer }: Node, path: string, gone: PeerId): LeakedMention {
  const { index, incarnations } = peer;
  const bornUs = gone.departedAtUs;
  return { kind: 'mention', path, owner: index, life: incarnations, subject: gone.index, bornUs, fault: 'residue' };
}

function isDial({ atUs, from, to }: SeenDial, { owner, subject, bornUs }: LeakedMention): boolean {
  return from.index === owner && to.index === subject && atUs >= bornUs;
}

function isAlike(one: WatchedEntry, other: WatchedEntry): boolean {
  return (
    one.kind === other.kind &&
    one.site === other.site &&
    one.owner === other.owner &&
    one.subject === other.subject &&
    one.bornUs > other.bornUs
  );
}

function entryText({ kind, site, subject }: WatchedEntry): string {
  return `${kind} ${site}${subject === undefined ? '' : ` about ${String(subject)}`}`;
}
