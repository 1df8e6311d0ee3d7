// One task: a body, who spawned it and where, what it serves, and what came of its polls.
// Invariant: its ledger entry is open exactly as long as it has not ended; after its end it is never polled.
import { opaque } from '../census/opaque.ts';
import type { EntryId } from '../ledger/ledger.ts';
import { NO_ENTRY } from '../ledger/ledger.ts';
import type { PeerId } from '../peer.ts';
import type { SiteAccount } from './account.ts';
import type { Executor } from './executor.ts';
import { Block, Future, PENDING, TaskPanic } from './future.ts';
import type { Pending, TaskBody, TaskOptions, Waker } from './future.ts';

/** Ready operations that a task may do in one poll before it must let others have a turn (tokio's cooperative budget). */
export const COOPERATIVE_BUDGET = 128;

/** How a task ended. */
export type JoinResult<T> =
  | { readonly kind: 'finished'; readonly value: T }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'panicked'; readonly message: string };

/** What the spawner of a task holds. Letting go of it detaches the task, which runs on. */
export interface TaskHandle<T> {
  readonly site: string;
  /** Sites from the outermost spawner to this task, `/`-joined. */
  readonly path: string;
  readonly subject: PeerId | undefined;
  /** Virtual time of its spawn, in microseconds. */
  readonly bornUs: number;
  readonly isFinished: boolean;
  /** Cancels it at its await point, in its next turn. Harmless when it has ended. */
  abort(): void;
  /** Waits for its end. May be asked for more than once. */
  join(): Future<JoinResult<T>>;
  /** Calls `listener` when it ends, within the turn in which it does; at once when it has ended. */
  onEnd(listener: (result: JoinResult<T>) => void): void;
}

/** A running task. */
export class Task<T> implements TaskHandle<T>, Waker {
  readonly site: string;
  readonly path: string;
  readonly subject: PeerId | undefined;
  readonly bornUs: number;
  /** Anything that the task at hand carries along and its children inherit, such as a span. */
  local: unknown;
  /** The instant that the two counts below are of. */
  instantUs = -1;
  instantPolls = 0;
  /** Idle polls in a row within the instant. */
  idleRun = 0;

  private readonly executor: Executor;
  private readonly block: Block<T>;
  private readonly account: SiteAccount;
  /** Its row in the cost account; -1 while there is none. */
  private readonly costRow: number;
  private entry: EntryId = NO_ENTRY;
  private queued = false;
  private heldBack = false;
  private aborting = false;
  private begun = false;
  private budget = 0;
  private achieved = false;
  private result: JoinResult<T> | undefined = undefined;
  private joiners: Waker[] | undefined = undefined;
  private listeners: ((result: JoinResult<T>) => void)[] | undefined = undefined;

  constructor(
    executor: Executor,
    parent: Task<unknown> | undefined,
    site: string,
    body: TaskBody<T>,
    { subject, bytes = 0 }: TaskOptions,
  ) {
    const { host } = executor;
    const { simulation } = host;
    this.executor = executor;
    this.site = site;
    this.path = parent === undefined ? site : `${parent.path}/${site}`;
    this.subject = subject;
    this.bornUs = simulation.nowUs;
    this.local = parent?.local;
    this.block = new Block(body);
    this.account = simulation.tasks.of(site);
    this.account.spawned++;
    simulation.tasks.spawned++;
    this.costRow = simulation.costs?.row(this.path) ?? -1;
    this.entry = simulation.ledger?.open('task', host, subject, site, bytes) ?? NO_ENTRY;
  }

  get [opaque](): boolean {
    return true;
  }

  get isFinished(): boolean {
    return this.result !== undefined;
  }

  wake(): void {
    if (this.queued || this.heldBack || this.result !== undefined) return;
    this.queued = true;
    this.executor.enqueue(this as Task<unknown>);
  }

  spend(): boolean {
    if (this.budget > 0) {
      this.budget--;
      return true;
    }
    this.wake();
    return false;
  }

  achieve(): void {
    this.achieved = true;
  }

  abort(): void {
    if (this.result !== undefined) return;
    this.aborting = true;
    this.wake();
  }

  join(): Future<JoinResult<T>> {
    return new Join(this);
  }

  onEnd(listener: (result: JoinResult<T>) => void): void {
    if (this.result === undefined) (this.listeners ??= []).push(listener);
    else listener(this.result);
  }

  /** How it ended; undefined while it runs. */
  get outcome(): JoinResult<T> | undefined {
    return this.result;
  }

  addJoiner(waker: Waker): void {
    (this.joiners ??= []).push(waker);
  }

  removeJoiner(waker: Waker): void {
    const place = this.joiners?.indexOf(waker) ?? -1;
    if (place >= 0) this.joiners!.splice(place, 1);
  }

  /** Charges CPU to this task's place in the flame graph; nothing happens when costs are not kept. */
  charge(op: number, times: number): void {
    const { costs } = this.executor.host.simulation;
    if (costs !== undefined && this.costRow >= 0) this.executor.host.cpuUs += costs.charge(this.costRow, op, times);
  }

  /** One turn on the executor: a poll, or its cancellation. */
  turn(): void {
    this.queued = false;
    if (this.result !== undefined) return;
    if (this.aborting) {
      this.cancel();
      return;
    }
    const { account } = this;
    account.polls++;
    this.instantPolls++;
    this.budget = COOPERATIVE_BUDGET;
    // A task's first poll was asked for by its spawn.
    this.achieved = !this.begun;
    this.begun = true;
    this.chargePolls(1);
    let value: T | Pending;
    try {
      value = this.block.poll(this);
    } catch (error) {
      if (!(error instanceof TaskPanic)) throw error;
      account.panicked++;
      this.executor.host.simulation.tasks.panicked(this.executor.host, this.site, this.path, error.message);
      this.finish({ kind: 'panicked', message: error.message }, 'panicked');
      return;
    }
    if (value !== PENDING) {
      account.finished++;
      this.finish({ kind: 'finished', value }, 'finished');
    } else if (this.achieved) this.idleRun = 0;
    else this.noteIdle();
  }

  /** It was held back for having spun; it would have been polled all the time. */
  chargeSpin(heldUs: number): void {
    this.heldBack = true;
    this.queued = false;
    const { costs } = this.executor.host.simulation;
    const pollUs = costs?.table.us[costs.table.index['poll'] ?? -1] ?? 1;
    const polls = Math.max(1, Math.floor(heldUs / Math.max(pollUs, 0.001)));
    this.account.polls += polls;
    this.account.idlePolls += polls;
    this.chargePolls(polls);
  }

  resume(): void {
    this.heldBack = false;
    this.wake();
  }

  /** The node is gone, and the task with it. Its ledger entry was settled with the node. */
  reclaim(): void {
    this.account.reclaimed++;
    this.executor.host.simulation.tasks.ended++;
    this.result = { kind: 'cancelled' };
  }

  private noteIdle(): void {
    const { account } = this;
    account.idlePolls++;
    this.idleRun++;
    if (this.idleRun <= account.longestIdleRun) return;
    const { host } = this.executor;
    account.longestIdleRun = this.idleRun;
    account.longestIdleAtUs = host.simulation.nowUs;
    account.longestIdleOwner = `${host.peer} ${this.path}`;
  }

  private chargePolls(polls: number): void {
    const { costs } = this.executor.host.simulation;
    if (costs === undefined || this.costRow < 0) return;
    const op = costs.table.index['poll'];
    if (op !== undefined) this.executor.host.cpuUs += costs.charge(this.costRow, op, polls);
  }

  private cancel(): void {
    this.account.cancelled++;
    // The destructors may wake this very task; it must not run again.
    this.result = { kind: 'cancelled' };
    this.block.drop();
    this.finish({ kind: 'cancelled' }, 'cancelled');
  }

  private finish(result: JoinResult<T>, reason: string): void {
    this.result = result;
    const { executor } = this;
    const { simulation } = executor.host;
    executor.tasks.delete(this as Task<unknown>);
    simulation.tasks.ended++;
    simulation.ledger?.close(this.entry, reason);
    const { joiners = [], listeners = [] } = this;
    this.joiners = undefined;
    this.listeners = undefined;
    for (const joiner of joiners) joiner.wake();
    for (const listener of listeners) listener(result);
  }
}

class Join<T> extends Future<JoinResult<T>> {
  private readonly task: Task<T>;
  private waker: Waker | undefined = undefined;

  constructor(task: Task<T>) {
    super();
    this.task = task;
  }

  poll(waker: Waker): JoinResult<T> | Pending {
    const result = this.task.outcome;
    if (result === undefined) {
      if (this.waker === waker) return PENDING;
      this.drop();
      this.waker = waker;
      this.task.addJoiner(waker);
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    waker.achieve();
    return result;
  }

  drop(): void {
    if (this.waker !== undefined) this.task.removeJoiner(this.waker);
    this.waker = undefined;
  }
}
