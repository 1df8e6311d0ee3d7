// The account of tasks: what was spawned, how it ended, and how many polls achieved nothing, by site.
// Invariant: spawned = finished + cancelled + panicked + reclaimed + open; nothing here steers a run.
import type { Node } from '../node.ts';

/** Panics kept in full; further ones are counted only. */
const KEPT_PANICS = 10;

/** The figures of one site. */
export interface TaskSite {
  readonly site: string;
  readonly spawned: number;
  /** Ran to their end. */
  readonly finished: number;
  /** Aborted, or dropped with what owned them. */
  readonly cancelled: number;
  readonly panicked: number;
  /** Gone with a killed node. */
  readonly reclaimed: number;
  readonly open: number;
  /** Polls, those included that a spinning task would have had while it was held back. */
  readonly polls: number;
  /**
   * Times that a poll was asked for: by what a task awaits, by itself to let others have a turn, or by both before one
   * poll. Spawn and abort are left out.
   */
  readonly wakes: number;
  /** Polls in which no awaited thing gave a value and nothing was sent, spawned or finished. */
  readonly idlePolls: number;
  /** Most idle polls of one task in a row within one virtual instant; the executor holds a task back there. */
  readonly longestIdleRun: number;
  /** When and where that was; microseconds, and the spawn path with its node. Undefined before the first idle poll. */
  readonly longestIdleAtUs: number | undefined;
  readonly longestIdleOwner: string | undefined;
  /** Times that a task was held back although its polls achieved something: it feeds itself, or another that feeds it. */
  readonly livelocks: number;
  /** When and where that was first, as above. */
  readonly livelockAtUs: number | undefined;
  readonly livelockOwner: string | undefined;
}

/** A task that panicked. */
export interface Panic {
  readonly atUs: number;
  /** The node, such as `p7`. */
  readonly owner: string;
  readonly site: string;
  readonly path: string;
  readonly message: string;
  /** Where it came from, a frame a line; undefined for a task, whose path says so. */
  readonly stack?: string;
}

type TaskFigures = Omit<TaskSite, 'open'>;

/** The running figures of one site. */
export class SiteAccount implements TaskFigures {
  readonly site: string;
  spawned = 0;
  finished = 0;
  cancelled = 0;
  panicked = 0;
  reclaimed = 0;
  polls = 0;
  wakes = 0;
  idlePolls = 0;
  longestIdleRun = 0;
  longestIdleAtUs: number | undefined = undefined;
  longestIdleOwner: string | undefined = undefined;
  livelocks = 0;
  livelockAtUs: number | undefined = undefined;
  livelockOwner: string | undefined = undefined;

  constructor(site: string) {
    this.site = site;
  }
}

/** The tasks of one simulation. */
export class TaskAccount {
  /** The first {@link KEPT_PANICS}, in order. */
  readonly panics: Panic[] = [];
  panicCount = 0;
  /** Totals over all sites. */
  spawned = 0;
  ended = 0;
  private readonly sites = new Map<string, SiteAccount>();

  /** The account of a site, made at first use. */
  of(site: string): SiteAccount {
    let account = this.sites.get(site);
    if (account === undefined) this.sites.set(site, (account = new SiteAccount(site)));
    return account;
  }

  /** The running figures of every site, in the order in which they first spawned: no copy, so it can be read often. */
  eachSite(): Iterable<Readonly<SiteAccount>> {
    return this.sites.values();
  }

  panicked(owner: Node, site: string, path: string, message: string): void {
    this.noted({ atUs: owner.simulation.nowUs, owner: String(owner.peer), site, path, message });
  }

  /** Notes what went wrong in code that is no task. */
  noted(panic: Panic): void {
    this.panicCount++;
    if (this.panics.length < KEPT_PANICS) this.panics.push(panic);
  }

  /** A copy of the figures, in the order in which sites first spawned. Empty when nothing ever did. */
  summary(): TaskSite[] {
    return [...this.sites.values()].map((account) => {
      const open = account.spawned - account.finished - account.cancelled - account.panicked - account.reclaimed;
      return { ...(account as TaskFigures), open };
    });
  }
}
