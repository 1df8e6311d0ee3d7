// Takes the events of a log in, one after another, and finds its calms on the way.
// Invariant: what is at odds with itself (opened twice, closed twice, opened after its end) is a mistake in the ledger, never
// an error; only what cannot be taken at all is thrown.
import { RetentionRules } from '../../sim/census/retention.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId, OpenEntry } from '../../sim/ledger/ledger.ts';
import { invariant } from '../../sim/errors.ts';
import { METER } from '../../sim/meters.ts';
import { CalmFinder } from './calm-finder.ts';
import { ClosedThings } from './closed-things.ts';
import { EVENT_KINDS, FIELD } from './event.ts';
import type { EventKind, LogEvent, ThingId } from './event.ts';
import { printable } from './event-reader.ts';
import { LogObservation } from './log-observation.ts';
import { LogState } from './log-state.ts';
import type { LoggedNode, NamedPeer } from './logged-node.ts';
import type { CheckTerms } from './terms.ts';
import { MOST_SITES, refuseSites } from './site-limit.ts';
import { WakeAccounts } from './wake-accounts.ts';

const METERS: Readonly<Record<string, number>> = {
  'dial-failed': METER.dialsFailed,
  discovered: METER.discoveries,
  messages: METER.messagesSent,
  'timers-fired': METER.timersFired,
};

/** See the file's head. */
export class LogReplay {
  readonly state: LogState;
  readonly observation: LogObservation;
  readonly calms: CalmFinder<unknown>;
  readonly rules: RetentionRules;
  /** Events taken in, by kind. */
  readonly taken = new Map<EventKind, number>([...EVENT_KINDS.values()].map((kind) => [kind, 0]));
  /** Closings of what was opened before the log began. */
  openedBefore = 0;
  /** Events that came within the time of the clocks' skew after the end of their node, and were passed over. */
  late = 0;
  /** True once a thing told of a peer, and once a collection mentioned one. */
  tellsSubjects = false;
  tellsMentions = false;

  private readonly skewUs: number;
  private readonly closed = new ClosedThings();
  private readonly wakes: WakeAccounts;

  /** @param skewUs - How far clocks may be apart, in microseconds. */
  constructor(terms: CheckTerms, skewUs: number) {
    this.skewUs = skewUs;
    this.rules = new RetentionRules(terms.retention);
    this.state = new LogState(this.rules.classes, terms);
    this.wakes = new WakeAccounts(this.state.simulation);
    this.observation = new LogObservation(this.state, this.rules, terms);
    this.calms = new CalmFinder(terms.calmUs, this.observation, terms.warmUpUs);
  }

  /**
   * Takes an event in, at `atUs` since the log began; not before the last one.
   *
   * @throws {LineMistake} For one that cannot be taken.
   */
  take(event: LogEvent, atUs: number): void {
    const { kind } = event;
    const { simulation } = this.state;
    if (atUs > this.calms.dueUs) this.calms.advance(atUs);
    if (atUs > simulation.nowUs) simulation.nowUs = atUs;
    this.taken.set(kind, this.taken.get(kind)! + 1);
    switch (kind.deed) {
      case 'fault-began':
      case 'fault-ended':
        this.fault(event, atUs);
        return;
      case 'action':
        this.calms.churn(atUs);
        // Of what changed nothing only the calm ends: nobody could know.
        if (event.changed) this.state.actions++;
        return;
      default:
        this.takeOfNode(event, this.state.peer(event.node), atUs);
    }
  }

  private takeOfNode(event: LogEvent, peer: NamedPeer, atUs: number): void {
    if ((event.has & FIELD.incarnation) !== 0) this.number(peer, event.incarnation, atUs);
    const { deed } = event.kind;
    if (deed === 'up') {
      this.up(peer, atUs);
      return;
    }
    const node = this.state.nodeOf(peer) ?? this.met(peer);
    if (node === undefined) this.afterEnd(event, peer, atUs);
    else this.takeOfLife(event, node, atUs);
  }

  /** A higher incarnation is a life of its own: the one before must have ended without a word. */
  private number(peer: NamedPeer, incarnation: number, atUs: number): void {
    if (incarnation <= peer.numbered) return;
    const node = this.state.nodeOf(peer);
    if (node?.active === true && peer.numbered >= 0) {
      this.calms.churn(atUs);
      this.state.end(node, 'killed');
      this.state.begin(peer, true);
    }
    peer.numbered = incarnation;
  }

  private up(peer: NamedPeer, atUs: number): void {
    const running = this.state.nodeOf(peer);
    // The script that starts a node may tell of it, and then the node itself.
    if (running?.whole === true && !running.active) return;
    this.calms.churn(atUs);
    if (running !== undefined) this.state.end(running, 'killed');
    this.state.begin(peer, true);
  }

  /** The life of one that tells of something without having told of its start; undefined when its life is over. */
  private met(peer: NamedPeer): LoggedNode | undefined {
    return peer.incarnations > 0 ? undefined : this.state.begin(peer, false);
  }

  private afterEnd({ kind, site }: LogEvent, peer: NamedPeer, atUs: number): void {
    if (atUs - peer.departedAtUs <= this.skewUs) {
      this.late++;
      return;
    }
    const { ledger } = this.state;
    if (kind.deed === 'open') ledger.report('opened-after-end', kind.entry!, site);
    else if (kind.deed === 'close') ledger.report('closed-after-end', kind.entry!, undefined);
    else this.late++;
  }

  private takeOfLife(event: LogEvent, node: LoggedNode, atUs: number): void {
    const { state } = this;
    const { kind } = event;
    node.active = true;
    switch (kind.deed) {
      case 'open':
        this.open(event, node);
        return;
      case 'close':
        this.close(kind.entry!, event, node);
        return;
      case 'establish':
        this.establish(event, node);
        return;
      case 'bytes':
      case 'used':
        this.touch(event, node);
        return;
      case 'collection':
        this.collection(event, node);
        return;
      case 'neighbour-up':
      case 'neighbour-down':
        this.neighbour(event, node);
        return;
      case 'stopping':
        if (node.stoppingUs === undefined) this.calms.churn(atUs);
        state.stop(node);
        return;
      case 'down':
        // Of one that was told to stop, the telling was the churn.
        if (node.stoppingUs === undefined) this.calms.churn(atUs);
        state.end(node, event.reason === 'stopped' ? 'stopped' : 'killed');
        return;
      default:
        this.count(event, node);
    }
  }

  private neighbour({ kind, subject }: LogEvent, node: LoggedNode): void {
    const { state } = this;
    const up = kind.deed === 'neighbour-up';
    state.tellsNeighbours = true;
    if (subject === '') node.leaveOverlay();
    else node.setNeighbour(state.peer(subject), up);
    state.arrivals.neighbour(node, up);
  }

  private count(event: LogEvent, node: LoggedNode): void {
    const { state } = this;
    const { counts } = state.simulation.meters;
    switch (event.kind.deed) {
      case 'join':
        counts[METER.joins]! += event.count;
        if (!event.changed) counts[METER.joinsRedundant]! += event.count;
        return;
      case 'dial':
        counts[METER.dials]! += event.count;
        if (event.subject !== '') state.dials.dialled(node, state.peer(event.subject), state.simulation.nowUs);
        return;
      case 'count':
        counts[METERS[event.kind.name]!]! += event.count;
        counts[METER.bytesSent]! += event.bytes;
        return;
      case 'broadcast':
        counts[METER.broadcasts]! += event.count;
        if ((event.has & FIELD.id) !== 0) this.observation.broadcasts.begun(node, String(event.id));
        return;
      case 'delivered':
        this.observation.broadcasts.delivered(node, String(event.id));
        return;
      case 'discarded':
        this.observation.discards.discarded(node, state.peer(event.subject), event.what || 'a message');
        return;
      case 'cpu':
        state.tellsCpu = true;
        state.cpuUs += event.us;
        return;
      case 'wake':
        this.wakes.wake(event, node);
        return;
      case 'wakes':
        this.wakes.sum(event, node);
        return;
      case 'panic':
        state.simulation.tasks.panicked(node, event.site, event.site, printable(event.message));
        return;
      default:
        invariant(false, `an event ${event.kind.name} counts something`);
    }
  }

  private open(event: LogEvent, node: LoggedNode): void {
    const { ledger, simulation } = this.state;
    const { site, id, subject, bytes } = event;
    const kind = event.state === 'half-open' ? 'half-open' : event.kind.entry!;
    const things = node.things(event.kind.entry!);
    if (things.has(id)) {
      ledger.report('opened-twice', kind, site);
      return;
    }
    const peer = subject === '' ? undefined : this.state.peer(subject);
    if (peer !== undefined) this.tellsSubjects = true;
    this.enter(things, id, ledger.open(kind, node, peer, site, bytes));
    if (kind !== 'task') return;
    simulation.tasks.of(site).spawned++;
    simulation.tasks.spawned++;
  }

  private enter(things: Map<ThingId, EntryId>, id: ThingId, entry: EntryId): void {
    if (this.state.ledger.eachAccount().length > MOST_SITES) refuseSites('sites', 'site');
    things.set(id, entry);
  }

  private close(kind: EntryKind, { id, reason }: LogEvent, node: LoggedNode): void {
    const entry = this.leave(kind, id, node);
    if (entry === undefined) return;
    this.state.ledger.close(entry.id, reason || 'closed');
    if (kind === 'task') this.finish(entry.site, id, reason, node);
  }

  private finish(site: string, id: ThingId, reason: string, node: LoggedNode): void {
    const { tasks } = this.state.simulation;
    node.idleRuns.delete(id);
    const account = tasks.of(site);
    tasks.ended++;
    if (reason === 'cancelled') account.cancelled++;
    else if (reason === 'panicked') {
      account.panicked++;
      tasks.panicked(node, site, site, 'the task ended with a panic');
    } else account.finished++;
  }

  /** Takes an open thing out; one that is not open is a mistake, if the life's start is in the log. */
  private leave(kind: EntryKind, id: ThingId, node: LoggedNode): OpenEntry | undefined {
    const things = node.things(kind);
    const known = things.get(id);
    const entry = known === undefined ? undefined : this.state.ledger.entryOf(known);
    if (entry === undefined) {
      const site = this.closed.siteOf(node.serial, kind, id);
      if (site !== undefined) this.state.ledger.report('closed-twice', kind, site);
      else if (node.whole) this.state.ledger.report('closed-unknown', kind, undefined);
      else this.openedBefore++;
      return undefined;
    }
    things.delete(id);
    this.closed.note(node.serial, kind, id, entry.site);
    return entry;
  }

  /** A half-open connection becomes one that is open, born now. */
  private establish({ id, site }: LogEvent, node: LoggedNode): void {
    const { ledger } = this.state;
    const things = node.things('connection');
    const before = ledger.entryOf(things.get(id) ?? NO_ENTRY) ?? this.leave('connection', id, node);
    if (before?.kind !== 'half-open') return;
    ledger.close(before.id, 'established');
    this.enter(things, id, ledger.open('connection', node, before.subject, site || before.site, before.bytes));
  }

  /** What an open thing holds, or that it is used. */
  private touch({ kind, what, id, bytes }: LogEvent, node: LoggedNode): void {
    const { ledger } = this.state;
    const entry = ledger.entryOf(node.things(what as EntryKind).get(id) ?? NO_ENTRY);
    if (entry !== undefined) {
      if (kind.deed === 'used') ledger.use(entry.id);
      else ledger.addBytes(entry.id, bytes - entry.bytes);
      return;
    }
    if (node.whole) ledger.report('closed-unknown', what as EntryKind, undefined);
    else this.openedBefore++;
  }

  private collection({ path, size, peers, has }: LogEvent, node: LoggedNode): void {
    const classId = this.rules.classes.intern(path);
    if (this.rules.classes.count > MOST_SITES) refuseSites('paths', 'path');
    if (peers.length > 0) this.tellsMentions = true;
    node.told.tell(
      classId,
      (has & FIELD.size) === 0 ? undefined : size,
      peers.map((peer) => this.state.peer(peer)),
    );
  }

  private fault({ kind, name, peers }: LogEvent, atUs: number): void {
    this.calms.churn(atUs);
    const { state } = this;
    state.actions++;
    if (kind.deed === 'fault-ended') state.endFault(name);
    else
      state.beginFault(
        name,
        peers.map((peer) => state.peer(peer)),
      );
  }
}
