// One task: a body, who spawned it and where, what it serves, and what came of its polls.
// Invariant: its ledger entry is open exactly as long as it has not ended; after its end it is never polled.
import { opaque } from '../census/opaque.ts';
import type { EntryId } from '../ledger/ledger.ts';
import { NO_ENTRY } from '../ledger/ledger.ts';
import type { PeerId } from '../peer.ts';
import type { TimerHandle } from '../reducer.ts';
import type { SiteAccount } from './account.ts';
import type { Executor } from './executor.ts';
import { Block, OddAwait, PENDING, TaskPanic } from './future.ts';
import type { Droppable, Future, Pending, TaskBody, TaskOptions, Waker } from './future.ts';
import { WaitList, Waiting } from './wait-list.ts';

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

/** Longest text of what a task awaits, in characters. */
const MOST_SAID = 200;
const NOT_HELD: TimerHandle = -1;
/** Longest that a task which spins is held back without being woken, in microseconds. */
const MOST_HOLD_US = 640_000;
/** What a poll takes at least while a task spins, in microseconds: a cost of 0 must not make it infinitely many. */
const LEAST_POLL_US = 0.001;

/** A running task. */
export class Task<T> implements TaskHandle<T>, Waker {
  readonly site: string;
  readonly path: string;
  readonly subject: PeerId | undefined;
  readonly bornUs: number;
  /** Anything that the task at hand carries along and its children inherit, such as a span. */
  local: unknown;
  /** Neighbours among the tasks that have not ended; kept by {@link TaskList}. */
  older: Task<unknown> | undefined = undefined;
  newer: Task<unknown> | undefined = undefined;
  /** The instant that the two counts below are of. */
  instantUs = -1;
  instantPolls = 0;
  /** Idle polls in a row within the instant. */
  idleRun = 0;
  /** Its entry in the ledger. */
  entry: EntryId = NO_ENTRY;

  private readonly executor: Executor;
  private readonly block: Block<T>;
  private readonly account: SiteAccount;
  private readonly owns: readonly Droppable[] | undefined;
  /** Its row in the cost account and the operation of a poll there; -1 while there is none. */
  private readonly costRow: number;
  private readonly pollOp: number;
  private queued = false;
  private polling = false;
  private aborting = false;
  private begun = false;
  private budget = 0;
  private achieved = false;
  /** The timer that ends its being held back. */
  private hold: TimerHandle = NOT_HELD;
  private holdIsIdle = false;
  /** How long it was held back last, since it last achieved something; microseconds. */
  private holdUs = 0;
  /** How long it was held back last for achieving without end; microseconds. Kept by the executor. */
  busyHoldUs = 0;
  private result: JoinResult<T> | undefined = undefined;
  private joiners: WaitList<Join<T>> | undefined = undefined;
  private listeners: ((result: JoinResult<T>) => void)[] | undefined = undefined;

  constructor(
    executor: Executor,
    parent: Task<unknown> | undefined,
    site: string,
    body: TaskBody<T>,
    { subject, bytes = 0, owns }: TaskOptions,
  ) {
    const { host } = executor;
    const { simulation } = host;
    const { costs } = simulation;
    this.executor = executor;
    this.site = site;
    this.path = parent === undefined ? site : `${parent.path}/${site}`;
    this.subject = subject;
    this.bornUs = simulation.nowUs;
    this.local = parent?.local;
    this.block = new Block(body);
    this.owns = owns;
    this.account = simulation.tasks.of(site);
    this.account.spawned++;
    simulation.tasks.spawned++;
    this.costRow = costs?.row(this.path) ?? -1;
    this.pollOp = costs?.table.index['poll'] ?? -1;
    if (!executor.isOver) this.entry = simulation.ledger?.open('task', host, subject, site, bytes) ?? NO_ENTRY;
  }

  get [opaque](): boolean {
    return true;
  }

  get isFinished(): boolean {
    return this.result !== undefined;
  }

  /** Stands in the queue, is held back for having spun, or waits to be woken. */
  get standing(): 'ready' | 'held' | 'parked' | 'ended' {
    if (this.result !== undefined) return 'ended';
    if (this.queued) return 'ready';
    return this.hold === NOT_HELD ? 'parked' : 'held';
  }

  /** What it awaits, in words of at most 200 characters; for reports. */
  get awaits(): string {
    const said = this.block.describe();
    return said.length > MOST_SAID ? `${said.slice(0, MOST_SAID - 1)}…` : said;
  }

  get isAborting(): boolean {
    return this.aborting;
  }

  /** True once a task of its site was held back although its polls achieved something. */
  get hasLivelocked(): boolean {
    return this.account.livelocks > 0;
  }

  /** Asks for the first poll. */
  begin(): void {
    this.enqueue();
  }

  wake(): void {
    if (this.result !== undefined) return;
    this.account.wakes++;
    if (this.queued) return;
    if (this.hold !== NOT_HELD) {
      // One that spins is polled all the time: it sees at once what an event brings, and before that nothing new.
      if (this.executor.host.simulation.nowUs <= this.instantUs) return;
      this.letGo();
    }
    this.enqueue();
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
    if (this.hold !== NOT_HELD) this.letGo();
    if (!this.queued) this.enqueue();
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

  /** For {@link join}: those that wait. */
  get joining(): WaitList<Join<T>> {
    return (this.joiners ??= new WaitList());
  }

  /** Charges CPU to this task's place in the flame graph; nothing happens when costs are not kept. */
  charge(op: number, times: number): void {
    const { costs } = this.executor.host.simulation;
    if (costs !== undefined && this.costRow >= 0) this.executor.host.cpuUs += costs.charge(this.costRow, op, times);
  }

  /** Accounts for polls that it would have had, and in which it would have achieved something, had they not been left out. */
  leftOut(polls: number): void {
    this.account.polls += polls;
    this.account.wakes += polls;
    if (this.pollOp >= 0) this.charge(this.pollOp, polls);
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
    if (this.pollOp >= 0) this.charge(this.pollOp, 1);
    this.polling = true;
    let value: T | Pending;
    try {
      value = this.block.poll(this);
    } catch (error) {
      if (error instanceof OddAwait) throw new OddAwait(error.details['received'], this.path);
      if (!(error instanceof TaskPanic)) throw error;
      if (!this.isFinished) this.panicked(error);
      return;
    } finally {
      this.polling = false;
    }
    // It may have killed its own node.
    if (this.isFinished) return;
    if (value !== PENDING) {
      account.finished++;
      this.finish({ kind: 'finished', value }, 'finished');
    } else if (this.achieved) {
      this.idleRun = 0;
      this.holdUs = 0;
    } else this.noteIdle();
  }

  /** Cancels it at once; false when it has ended, or is being polled and is cancelled when it comes to await. */
  cancelNow(): boolean {
    if (this.result !== undefined) return false;
    if (this.polling) {
      this.abort();
      return false;
    }
    if (this.hold !== NOT_HELD) this.letGo();
    this.cancel();
    return true;
  }

  /**
   * Not polled for `spinUs`, or until an event wakes it: its polls achieve nothing that it could not achieve later.
   *
   * @param isIdle - Whether they achieve nothing at all; two tasks may also feed each other without end.
   */
  holdBack(spinUs: number, isIdle: boolean): void {
    const { host } = this.executor;
    this.queued = false;
    if (this.result !== undefined) return;
    this.holdIsIdle = isIdle;
    // Nothing but a wake-up can change what it spins on, and that ends the hold: the longer it has spun the longer it may be.
    const beforeUs = isIdle ? this.holdUs : this.busyHoldUs;
    const holdUs = Math.max(spinUs, Math.min(beforeUs * 2, MOST_HOLD_US));
    if (isIdle) this.holdUs = holdUs;
    else {
      this.busyHoldUs = holdUs;
      this.noteLivelock();
    }
    this.hold = host.simulation.setTimer(host, holdUs, new Resume(this as Task<unknown>));
  }

  /** It was held back long enough. */
  resume(): void {
    if (this.hold === NOT_HELD) return;
    this.letGo();
    this.enqueue();
  }

  /** The node is gone, and the task with it. Its ledger entry is settled with the node. */
  reclaim(): void {
    if (this.result !== undefined) return;
    this.account.reclaimed++;
    this.executor.host.simulation.tasks.ended++;
    if (this.hold !== NOT_HELD) this.letGo();
    this.result = { kind: 'cancelled' };
  }

  private enqueue(): void {
    this.queued = true;
    this.executor.enqueue(this as Task<unknown>);
  }

  /** No longer held back, and charged for the time: it would have been polled all the while. */
  private letGo(): void {
    const { simulation } = this.executor.host;
    const { costs } = simulation;
    simulation.cancelTimer(this.hold);
    this.hold = NOT_HELD;
    const pollUs = this.pollOp < 0 ? 1 : costs!.table.us[this.pollOp]!;
    const polls = Math.floor((simulation.nowUs - this.instantUs) / Math.max(pollUs, LEAST_POLL_US));
    this.account.polls += polls;
    if (this.holdIsIdle) this.account.idlePolls += polls;
    if (this.pollOp >= 0) this.charge(this.pollOp, polls);
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

  private noteLivelock(): void {
    const { account } = this;
    account.livelocks++;
    if (account.livelocks > 1) return;
    const { host } = this.executor;
    account.livelockAtUs = host.simulation.nowUs;
    account.livelockOwner = `${host.peer} ${this.path}`;
  }

  private cancel(): void {
    // The destructors may wake this very task; it must not run again.
    this.result = { kind: 'cancelled' };
    try {
      this.block.drop();
    } catch (error) {
      if (!(error instanceof TaskPanic)) throw error;
      this.panicked(error);
      return;
    }
    this.account.cancelled++;
    this.finish({ kind: 'cancelled' }, 'cancelled');
  }

  private panicked({ message }: TaskPanic): void {
    const { executor, path, site } = this;
    this.account.panicked++;
    executor.host.simulation.tasks.panicked(executor.host, site, path, message);
    this.finish({ kind: 'panicked', message }, 'panicked');
  }

  private finish(result: JoinResult<T>, reason: string): void {
    this.result = result;
    const { executor, listeners } = this;
    const { simulation } = executor.host;
    simulation.tasks.ended++;
    // Its own `finally` killed the node: what is left went with that.
    if (executor.isOver) return;
    if (this.owns !== undefined) for (const thing of this.owns) thing.drop();
    executor.tasks.delete(this as Task<unknown>);
    simulation.ledger?.close(this.entry, reason);
    this.joiners?.wakeAll();
    this.listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(result);
  }
}

/** The timer of a task that is held back. */
class Resume {
  readonly kind = 'resume';
  readonly #task: Task<unknown>;

  constructor(task: Task<unknown>) {
    this.#task = task;
  }

  fire(): void {
    this.#task.resume();
  }
}

class Join<T> extends Waiting<JoinResult<T>> {
  private readonly task: Task<T>;

  constructor(task: Task<T>) {
    super();
    this.task = task;
  }

  poll(waker: Waker): JoinResult<T> | Pending {
    const result = this.task.outcome;
    if (result === undefined) return this.waitIn(this.task.joining, waker);
    if (!waker.spend()) return PENDING;
    waker.achieve();
    this.drop();
    return result;
  }

  override describe(): string {
    return `join ${this.task.site}`;
  }
}
