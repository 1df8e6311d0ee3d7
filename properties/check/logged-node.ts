// The lives that a log tells of: a node of the engine that runs nothing and only keeps what was told of it.
// Invariant: the same identity is the same peer object for as long as the check lasts.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { invariant } from '../../sim/errors.ts';
import { Node } from '../../sim/node.ts';
import { PeerId } from '../../sim/peer.ts';
import type { PathClasses } from '../../sim/census/path-classes.ts';
import type { ThingId } from './event.ts';
import { ToldState } from './told-state.ts';

/** An identity of a log, told of by the name that it has there. */
export class NamedPeer extends PeerId {
  readonly name: string;
  /** The incarnation that the log numbers its present or last life with. */
  numbered = -1;

  constructor(index: number, name: string) {
    super(index);
    this.name = name;
  }

  override toString(): string {
    return this.name;
  }
}

/** Wake-ups of one task, or of all at one site, that achieved nothing. */
export interface IdleRun {
  count: number;
  lastUs: number;
}

/** One life that a log tells of. */
export class LoggedNode extends Node {
  readonly told: ToldState;
  /** True when its start is in the log; what it closes without having opened it is a mistake then. */
  readonly whole: boolean;
  /** When it was told to stop, in microseconds; undefined while it was not. */
  stoppingUs: number | undefined = undefined;
  /** True once it told of anything but its start. */
  active = false;
  /** Idle wake-ups in a row, by task or by site. */
  readonly idleRuns = new Map<ThingId, IdleRun>();
  private readonly overlay = new Set<PeerId>();
  private outside = false;
  private readonly open = new Map<EntryKind, Map<ThingId, EntryId>>();
  /** True once any node told of a neighbour; one that did not has none then. */
  private readonly log: { readonly tellsNeighbours: boolean };

  constructor(classes: PathClasses, whole: boolean, log: { readonly tellsNeighbours: boolean }) {
    super();
    this.told = new ToldState(classes);
    this.whole = whole;
    this.log = log;
  }

  /** The open things of a kind, by their ids in the log; connections half-open or not are of one kind. */
  things(kind: EntryKind): Map<ThingId, EntryId> {
    let things = this.open.get(kind);
    if (things === undefined) this.open.set(kind, (things = new Map<ThingId, EntryId>()));
    return things;
  }

  setNeighbour(peer: PeerId, up: boolean): void {
    if (up) this.overlay.add(peer);
    else this.overlay.delete(peer);
    if (up) this.outside = false;
  }

  /** It has no neighbours any more, and is not meant to have any. */
  leaveOverlay(): void {
    this.overlay.clear();
    this.outside = true;
  }

  override neighbours(): readonly PeerId[] | undefined {
    // One that is about to stop has left the overlay.
    const isIn = this.log.tellsNeighbours && !this.outside && this.stoppingUs === undefined;
    return isIn ? [...this.overlay] : undefined;
  }

  override onMessage(): void {
    invariant(false, 'nobody sends to a node of a log');
  }

  override onTimer(): void {
    invariant(false, 'a node of a log has no timers');
  }
}
