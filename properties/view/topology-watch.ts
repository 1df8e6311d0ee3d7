// Watches a run's topology: lives, neighbour relations, and the connections of its ledger.
// Invariant: it reads and never steers; a run that is watched has the digest of one that is not.
import type { EntryKind } from '../../sim/ledger/account.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import type { EntryId, LedgerOwner, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd, Observer, Simulation } from '../../sim/simulation.ts';
import { WatchedLedger } from '../explain/watched-ledger.ts';
import type { LedgerListener } from '../explain/watched-ledger.ts';
import { bothObservers } from '../soak/both-observers.ts';
import { emptyTrack } from './topology.ts';
import type { EdgeTrack } from './topology.ts';

/** Most rows of one kind that are kept: a page draws no more, and a file must be small enough to attach. */
const MOST_ROWS = 400_000;

/** Keeps the topology of one run. */
export class TopologyWatch implements Observer, LedgerListener {
  readonly track = emptyTrack();
  private readonly simulation: Simulation;
  /** Rows that go on. */
  private readonly lifeRows = new Map<Node, number>();
  private readonly neighbourRows = new Map<Node, Map<PeerId, number>>();
  private readonly connectionRows = new Map<EntryId, number>();
  private readonly halfOpenRows = new Map<EntryId, number>();
  private readonly siteIndex = new Map<string, number>();

  /** Joins a run that was set up and has not begun; its ledger, if it has one, is replaced by one that is watched. */
  constructor(simulation: Simulation) {
    this.simulation = simulation;
    if (simulation.ledger instanceof Ledger) simulation.ledger = new WatchedLedger(simulation, this);
    simulation.observer = simulation.observer === undefined ? this : bothObservers(simulation.observer, this);
  }

  started(node: Node): void {
    const { lives } = this.track;
    this.lifeRows.set(node, lives.peer.length);
    lives.peer.push(node.peer.index);
    lives.serial.push(node.serial);
    lives.fromUs.push(this.simulation.nowUs);
    lives.untilUs.push(-1);
    lives.killed.push(false);
  }

  ended(node: Node, how: NodeEnd): void {
    const { nowUs } = this.simulation;
    const { lives, neighbours } = this.track;
    const row = this.lifeRows.get(node);
    if (row !== undefined) {
      lives.untilUs[row] = nowUs;
      lives.killed[row] = how === 'killed';
    }
    this.lifeRows.delete(node);
    for (const edge of this.neighbourRows.get(node)?.values() ?? []) neighbours.untilUs[edge] = nowUs;
    this.neighbourRows.delete(node);
  }

  neighbour(node: Node, peer: PeerId, up: boolean): void {
    let rows = this.neighbourRows.get(node);
    if (rows === undefined) this.neighbourRows.set(node, (rows = new Map<PeerId, number>()));
    const row = rows.get(peer);
    if (up && row === undefined) {
      const begun = this.begin(this.track.neighbours, node.peer, peer);
      if (begun !== undefined) rows.set(peer, begun);
    } else if (!up && row !== undefined) {
      this.track.neighbours.untilUs[row] = this.simulation.nowUs;
      rows.delete(peer);
    }
  }

  opened(id: EntryId, kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined, site: string): void {
    if (subject === undefined) return;
    const { connections, halfOpen } = this.track;
    if (kind === 'half-open') {
      const row = this.begin(halfOpen, owner.peer, subject);
      if (row !== undefined) this.halfOpenRows.set(id, row);
    } else if (kind === 'connection') {
      const row = this.begin(connections, owner.peer, subject);
      if (row === undefined) return;
      this.connectionRows.set(id, row);
      connections.site.push(this.siteOf(site));
    }
  }

  closing(id: EntryId): void {
    this.end(id);
  }

  settling(entries: readonly OpenEntry[]): void {
    for (const { id } of entries) this.end(id);
  }

  private end(id: EntryId): void {
    const { connections, halfOpen } = this.track;
    for (const [rows, track] of [
      [this.connectionRows, connections],
      [this.halfOpenRows, halfOpen],
    ] as const) {
      const row = rows.get(id);
      if (row === undefined) continue;
      track.untilUs[row] = this.simulation.nowUs;
      rows.delete(id);
    }
  }

  private begin(track: EdgeTrack, from: PeerId, to: PeerId): number | undefined {
    const row = track.from.length;
    if (row >= MOST_ROWS) {
      this.track.cutUs ??= this.simulation.nowUs;
      return undefined;
    }
    track.from.push(from.index);
    track.to.push(to.index);
    track.fromUs.push(this.simulation.nowUs);
    track.untilUs.push(-1);
    return row;
  }

  private siteOf(site: string): number {
    let index = this.siteIndex.get(site);
    if (index === undefined) {
      index = this.track.sites.push(site) - 1;
      this.siteIndex.set(site, index);
    }
    return index;
  }
}
