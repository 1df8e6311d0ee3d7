// A node of tasks of one's own: runs them on its executor, hands them what arrives, and ends them with it.
// Invariant: every event of the node ends with all ready tasks polled; no task outlives its node.
import { InputError } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Channel, Receiver, Sender } from '../../sim/tasks/channel.ts';
import { Executor } from '../../sim/tasks/executor.ts';
import type { TaskHost } from '../../sim/tasks/executor.ts';
import { refuseBody } from '../../sim/tasks/future.ts';
import type { TaskBody, TaskOptions } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import { Later } from '../../sim/tasks/task-node.ts';
import type { Fires } from '../../sim/tasks/task-node.ts';
import { interval, sleep } from '../../sim/tasks/timers.ts';
import type { Interval, Sleep } from '../../sim/tasks/timers.ts';
import type { ActArgs, Tagged } from './contract.ts';
import { checkSubject, describeInput, OwnNode } from './own-node.ts';
import type { Input, Life } from './own-node.ts';
import { errorOfAuthor } from './shared.ts';
import type { Shared } from './shared.ts';
import type { Received, TaskModelNode } from './task-model.ts';

type View = TaskModelNode<object, Tagged, unknown>;

/** What the author of a model of tasks wrote. */
export interface TaskParts {
  run(node: View): TaskBody<void> | void;
  stop?(node: View): TaskBody<void>;
  readonly inboxCapacity?: number;
}

/** One running node. */
export class TasksNode extends OwnNode implements View, TaskHost {
  readonly executor: Executor;
  readonly inbox: Receiver<Received<Tagged>>;
  private readonly parts: TaskParts;
  private readonly arrived: Sender<Received<Tagged>>;
  private closed: ((peer: PeerId) => void) | undefined = undefined;
  private broadcasting: ((id: string, content: string) => void) | undefined = undefined;
  private acting: ((act: string, args: ActArgs) => boolean) | undefined = undefined;
  private isLeaving = false;

  constructor(shared: Shared<unknown>, life: Life, parts: TaskParts) {
    super(shared, life);
    this.parts = parts;
    this.executor = new Executor(this);
    const watched = { executor: this.executor, site: `${shared.name}.inbox` };
    const { sender, receiver } = channel<Received<Tagged>>(capacityOf(parts, shared.name), watched);
    this.arrived = sender;
    this.inbox = receiver;
  }

  get state(): object {
    return this.current;
  }

  begin(): void {
    this.during({ kind: 'start' }, () => {
      const body = this.parts.run(this);
      if (body === undefined) return;
      this.refuseOther(body, 'run');
      this.executor.spawn(`${this.shared.name}.run`, body);
    });
  }

  act(act: string, args: ActArgs): boolean {
    const { acting } = this;
    if (acting === undefined || this.isLeaving) return false;
    return this.during({ kind: 'act', act, args }, () => acting(act, args));
  }

  get canBroadcast(): boolean {
    return this.broadcasting !== undefined && !this.isLeaving;
  }

  broadcast(id: string, content: string): void {
    this.during({ kind: 'broadcast', id, content }, () => this.broadcasting?.(id, content));
  }

  leave(end: () => void): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.during({ kind: 'stop' }, () => {
      const body = this.parts.stop?.(this);
      if (body === undefined) this.endNow(end);
      else {
        this.refuseOther(body, 'stop');
        this.executor.spawn(`${this.shared.name}.stop`, this.stopping(body, end));
      }
    });
  }

  die(): void {
    this.executor.end();
  }

  override onTimer(timer: unknown): void {
    this.during({ kind: 'timer', timer: timer as Tagged & Fires }, () => (timer as Fires).fire());
  }

  override onLinkClosed(peer: PeerId): void {
    this.during({ kind: 'closed', peer }, () => this.closed?.(peer));
  }

  spawn<T>(site: string, body: TaskBody<T>, options?: TaskOptions): TaskHandle<T> {
    refuseBody(body);
    checkSubject(options?.subject, 'spawn');
    return this.executor.spawn(site, body, options);
  }

  sleep(delayUs: number, kind?: string): Sleep {
    return sleep(this.executor, delayUs, kind);
  }

  interval(periodUs: number, kind?: string): Interval {
    return interval(this.executor, periodUs, kind);
  }

  channel<T>(capacity: number, site?: string, subject?: PeerId): Channel<T> {
    checkSubject(subject, 'channel');
    if (site === undefined) return channel(capacity);
    return channel(capacity, { executor: this.executor, site, ...(subject === undefined ? {} : { subject }) });
  }

  onClosed(listener: (peer: PeerId) => void): void {
    this.closed = listener;
  }

  onBroadcast(listener: (id: string, content: string) => void): void {
    this.broadcasting = listener;
  }

  onAct(listener: (act: string, args: ActArgs) => boolean): void {
    this.acting = listener;
  }

  charge(frame: string, times = 1): void {
    this.executor.current?.charge(this.frameIndex(frame), times);
  }

  protected messageCame(from: PeerId, message: Tagged): void {
    this.during({ kind: 'message', from, message }, () => {
      if (this.arrived.trySend({ from, message }) !== 'sent')
        this.simulation.observer?.discarded?.(this, from, 'inbox');
    });
  }

  /** One event of the node, with all that its tasks do at it. */
  private during<Result>(input: Input, action: () => Result): Result {
    this.input = input;
    try {
      const result = action();
      this.executor.drain();
      this.tellNeighbours();
      return result;
    } catch (error) {
      throw errorOfAuthor(error, this.shared.name, 'a task', this, describeInput(input));
    }
  }

  private *stopping(body: TaskBody<void>, end: () => void): TaskBody<void> {
    yield* body;
    // In an event of its own: this very task is among those that end with the node.
    this.simulation.setTimer(this, 0, new Later('end-of-life', () => this.endNow(end)));
  }

  private endNow(end: () => void): void {
    this.executor.abortAll();
    this.arrived.drop();
    this.inbox.drop();
    end();
  }

  private refuseOther(body: unknown, what: string): void {
    if (typeof (body as { next?: unknown } | null)?.next === 'function' && Symbol.iterator in (body as object)) return;
    const { name } = this.shared;
    const got = typeof body === 'object' && body !== null && 'then' in body ? 'a promise' : typeof body;
    const message = `model ${JSON.stringify(name)}: ${what} returned ${got}, expected a generator, which awaits by yield*, or nothing`;
    throw new InputError('bad-handler', message, { model: name });
  }
}

function capacityOf({ inboxCapacity = Infinity }: TaskParts, name: string): number {
  if (inboxCapacity === Infinity || (Number.isInteger(inboxCapacity) && inboxCapacity >= 1)) return inboxCapacity;
  const message = `model ${JSON.stringify(name)}: inboxCapacity: received ${inboxCapacity}, expected an integer, 1 or more`;
  throw new InputError('bad-model', message, { field: 'inboxCapacity' });
}
