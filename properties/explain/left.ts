// What is left over at a moment of a calm: entries that have had their time, and mentions of the departed.
// Invariant: it knows no model and no site; what it says of a moment follows from ledger, tasks and state alone.
import type { RetentionRules } from '../../sim/census/retention.ts';
import type { PendingItem } from '../../sim/census/census.ts';
import { Walker } from '../../sim/census/walk.ts';
import type { WalkSeed } from '../../sim/census/walk.ts';
import type { Ledger, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { dueOf, isUnused } from '../soak/ledger-look.ts';
import type { LookTerms } from '../soak/ledger-look.ts';
import type { EntryFault } from './leak.ts';

/** An open entry and what speaks against it. */
export interface LeftEntry {
  readonly entry: OpenEntry;
  readonly fault: EntryFault;
}

/**
 * The open entries of a node, newest first, with what speaks against each.
 *
 * @param unstopped - The node was told to stop longer ago than it may take.
 */
export function* leftEntries(
  ledger: Ledger,
  node: Node,
  terms: LookTerms,
  unstopped: boolean,
): Generator<LeftEntry, void, undefined> {
  const newer = new Successors();
  const held = heldTasks(node);
  for (const entry of ledger.openEntries({ owner: node })) {
    const successorUs = newer.meet(entry);
    if (dueOf(entry, terms) < terms.nowUs) yield { entry, fault: 'overdue' };
    else if (entry.kind === 'connection') yield { entry, fault: connectionFault(entry, node, successorUs, terms) };
    else if (held.has(taskName(entry))) yield { entry, fault: 'spins' };
    else yield { entry, fault: unstopped && isOldTask(entry, terms) ? 'unstopped' : 'piles-up' };
  }
}

/** What serves several purposes has one site for all, but for connections: those of one site are for one purpose. */
function connectionFault(entry: OpenEntry, node: Node, successorUs: number, terms: LookTerms): EntryFault {
  if (entry.subject?.node !== undefined && successorUs + terms.settleUs < terms.nowUs) return 'superseded';
  return isUnused(entry, node, terms) ? 'unused' : 'piles-up';
}

function isOldTask({ kind, bornUs }: OpenEntry, { nowUs }: LookTerms): boolean {
  return kind === 'task' && bornUs < nowUs;
}

/** The tasks of a node that are held back because they spin, by {@link taskName}. */
function heldTasks(node: Node): Set<string> {
  const held = new Set<string>();
  if (!(node instanceof TaskNode)) return held;
  for (const task of node.executor.tasks)
    if (task.standing === 'held')
      held.add(taskName({ kind: 'task', site: task.site, bornUs: task.bornUs, subject: task.subject }));
  return held;
}

function taskName({ kind, site, bornUs, subject }: Pick<OpenEntry, 'kind' | 'site' | 'bornUs' | 'subject'>): string {
  return `${kind} ${site} ${bornUs} ${subject?.index ?? ''}`;
}

/** When the next newer entry of the same kind, site and subject was opened; entries come newest first. */
class Successors {
  private readonly known = new Map<PeerId, Map<string, { bornUs: number; newerUs: number }>>();

  /** In microseconds; Infinity for none. Entries of one instant do not succeed one another. */
  meet({ kind, site, subject, bornUs }: OpenEntry): number {
    if (subject === undefined) return Infinity;
    let sites = this.known.get(subject);
    if (sites === undefined) this.known.set(subject, (sites = new Map<string, { bornUs: number; newerUs: number }>()));
    const name = `${kind} ${site}`;
    const last = sites.get(name);
    if (last === undefined) sites.set(name, { bornUs, newerUs: Infinity });
    else if (bornUs < last.bornUs) sites.set(name, { bornUs, newerUs: last.bornUs });
    return sites.get(name)!.newerUs;
  }
}

/** Where a node mentions peers. One for a whole run, as it interns path classes. */
export class Mentions {
  private readonly rules: RetentionRules;
  private readonly walker: Walker;

  constructor(rules: RetentionRules) {
    this.rules = rules;
    this.walker = new Walker(rules.classes);
  }

  /** The path classes and departed peers of all residue in a node's state and in what is pending for it. */
  residue(node: Node, pending: readonly PendingItem[], nowUs: number): { path: string; peer: PeerId }[] {
    const { walker, rules } = this;
    walker.walk(node.expose(), this.seeds(node, pending), ({ departed }) => departed);
    const { covers } = rules.judge(walker, nowUs);
    return walker.mentions.flatMap(({ classId, peer }, place) =>
      covers[place] === undefined ? [{ path: rules.classes.path(classId), peer }] : [],
    );
  }

  /** The peers that a node mentions in one path class, departed or not. */
  peersIn(path: string, node: Node): Set<PeerId> {
    const { walker, rules } = this;
    walker.walk(node.expose(), [], () => true);
    const wanted = rules.classes.intern(path);
    const peers = new Set<PeerId>();
    for (const { classId, peer } of walker.mentions) if (classId === wanted) peers.add(peer);
    walker.reset();
    return peers;
  }

  private seeds(node: Node, pending: readonly PendingItem[]): WalkSeed[] {
    return pending
      .filter((item) => item.node === node)
      .map(({ path, payload }) => ({ classId: this.rules.classes.intern(path), value: payload }));
  }
}
