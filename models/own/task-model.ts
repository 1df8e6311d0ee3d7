// defineTaskModel: a model of one's own as tasks, generators that await what comes.
// Invariant: everything a run needs follows from the declaration; two runs of one model share nothing that changes.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Channel, Receiver } from '../../sim/tasks/channel.ts';
import type { Executor } from '../../sim/tasks/executor.ts';
import type { TaskBody, TaskOptions } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { Interval, Sleep } from '../../sim/tasks/timers.ts';
import type {
  ActArgs,
  Birth,
  ConfigOf,
  Declaration,
  DefectIdOf,
  DefectList,
  EntryOptions,
  ModelOutput,
  OwnModel,
  Tagged,
} from './contract.ts';
import { declared } from './declaration.ts';
import { ownModel } from './own-model.ts';
import type { Written } from './own-model.ts';
import { TasksNode } from './tasks-node.ts';
import type { TaskParts } from './tasks-node.ts';

/** A message in the inbox. */
export interface Received<Message> {
  readonly from: PeerId;
  readonly message: Message;
}

/** The node as its tasks see it. */
export interface TaskModelNode<
  State,
  Message,
  Config,
  DefectId extends string = string,
  Act extends string = string,
  Frame extends string = string,
> extends Birth<Config, DefectId> {
  /** What a census walks and properties see; what tasks keep in their locals stays hidden. */
  readonly state: State;
  /** What arrives, in order. What nobody receives waits, and shows. */
  readonly inbox: Receiver<Received<Message>>;
  /** For `sleep`, `interval`, `channel` and the like of `quicksoak`; the shorter forms are below. */
  readonly executor: Executor;
  /** The node's own clock in microseconds. */
  readonly nowUs: number;
  /** Begins a task at a site `<bucket>.<name>`, one of few; it is polled when those that are ready had their turn. */
  spawn<T>(site: string, body: TaskBody<T>, options?: TaskOptions): TaskHandle<T>;
  /** Waits so many microseconds on the node's clock; `kind` names the timer in a census. */
  sleep(delayUs: number, kind?: string): Sleep;
  /** Ticks at a fixed pace; a task that is done with it drops it. */
  interval(periodUs: number, kind?: string): Interval;
  /** A bounded channel; with a site `<bucket>.<name>`, what waits in it stands in the ledger. */
  channel<T>(capacity: number, site?: string, subject?: PeerId): Channel<T>;
  /** Sends over the link to `to`, opening one when there is none, or as a datagram. */
  send(to: PeerId, message: Message): void;
  /** True while this side of a link to `peer` is open. */
  linked(peer: PeerId): boolean;
  /** Closes the link to `peer`. */
  disconnect(peer: PeerId): void;
  /** Asks the rendezvous again: the contacts that run now, in random order. */
  askContacts(): PeerId[];
  /** Called when the other side, or the network, closed the link to `peer`. The last listener counts. */
  onClosed(listener: (peer: PeerId) => void): void;
  /** Called for each broadcast that the workload begins here; for a model that says `broadcasts: true`. */
  onBroadcast(listener: (id: string, content: string) => void): void;
  /** Called for each action of the plan; returns whether it changed anything. */
  onAct(listener: (act: Act, args: ActArgs) => boolean): void;
  /** Tells the layer above. */
  emit(output: ModelOutput): void;
  /** A broadcast arrived here for the first time; `hops` is 1 by default. */
  deliver(id: string, hops?: number): void;
  /** Opens a ledger entry of this node at a site `<bucket>.<name>`, one of few. */
  open(kind: EntryKind, site: string, options?: EntryOptions): EntryId;
  /** Closes an entry, once; `reason` is one of few, `done` by default. */
  close(entry: EntryId, reason?: string): void;
  /** Charges so many occurrences (default 1) of a frame of `costs` to the task at hand. */
  charge(frame: Frame, times?: number): void;
}

/** What {@link defineTaskModel} is given. */
export interface TaskModelDefinition<
  State extends object,
  Message extends Tagged,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
  Costs extends Readonly<Record<string, number>>,
> extends Declaration<Message, Shape, Defects, Act, Costs> {
  /** The type of messages, never read: `typesOf<{ message: Ping | Pong }>()`. */
  readonly types?: { readonly message?: Message };
  /** The exposed state of a node that starts: a plain object. Comes before `run`. Default an empty one. */
  state?(birth: Birth<ConfigOf<Shape>, DefectIdOf<Defects>>): State;
  /** The first task of a node, at the site `<name>.run`; or a function that spawns tasks and returns. */
  run(
    node: TaskModelNode<State, Message, ConfigOf<Shape>, DefectIdOf<Defects>, Act, keyof Costs & string>,
  ): TaskBody<void> | void;
  /**
   * What a node does when it is told to leave, at the site `<name>.stop`; then every task is cancelled, and the node
   * ends. Default nothing.
   */
  stop?(
    node: TaskModelNode<State, Message, ConfigOf<Shape>, DefectIdOf<Defects>, Act, keyof Costs & string>,
  ): TaskBody<void>;
  /** Most messages that wait in the inbox, 1 or more; what comes then is discarded. Default unlimited. */
  readonly inboxCapacity?: number;
  /** The peers that a node counts as overlay neighbours; default no such relation. */
  neighbours?(state: State): Iterable<PeerId>;
}

/**
 * A model of one's own as tasks. Its nodes run in any scenario, under any churn; tasks, timers and inboxes are accounted for.
 *
 * @throws {InputError} `bad-model` for a declaration that cannot be, in one sentence.
 */
export function defineTaskModel<
  State extends object = object,
  Message extends Tagged = Tagged,
  Shape extends object = object,
  Defects extends DefectList = Readonly<Record<never, string>>,
  Act extends string = never,
  Costs extends Readonly<Record<string, number>> = Readonly<Record<never, number>>,
>(definition: TaskModelDefinition<State, Message, Shape, Defects, Act, Costs>): OwnModel<State, ConfigOf<Shape>> {
  const parts = declared<Shape>(definition, ['run'], ['state', 'stop', 'inboxCapacity']);
  const { state } = definition;
  const written = { ...definition, state: state ?? ((): object => ({})) } as unknown as Written & TaskParts;
  return ownModel(parts, written, (shared, life) => new TasksNode(shared, life, written));
}
