// What a model of one's own is written in: its declaration, what its nodes are told, and what they may do.
// Invariant: state, message, timer, configuration, defects, acts and frames have one type each, from the declaration to
// the properties; nothing of the engine but what is named here reaches a handler.
import type { GenericSchema } from 'valibot';
import type { Retention } from '../../sim/census/retention.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { ReducerIo } from '../../sim/reducer.ts';
import type { Defect } from '../defect.ts';
import type { Model } from '../model.ts';

/** What a message or a timer is told apart by in evidence: itself, or its `kind`. */
export type Tagged = string | { readonly kind: string };

/** The types of what nodes of a model send and arm; never a value. */
export interface Types {
  readonly message?: Tagged;
  readonly timer?: Tagged;
}

/** Names types without a value: `types: typesOf<{ message: Ping | Pong; timer: 'beat' }>()`. */
export function typesOf<Named extends Types>(): Named {
  return {} as Named;
}

/** Values that a plan gives to an act. */
export type ActArgs = Readonly<Record<string, number | string | boolean>>;

/** What a node handles. */
export type ModelInput<Message, Timer, Act extends string = string> =
  /** The first: its life begins. */
  | { readonly kind: 'start' }
  | { readonly kind: 'message'; readonly from: PeerId; readonly message: Message }
  | { readonly kind: 'timer'; readonly timer: Timer }
  /** The link to `peer` was closed by the other side, or lost; not after `disconnect`. Links only. */
  | { readonly kind: 'closed'; readonly peer: PeerId }
  /** The workload begins a broadcast here. Only for a model that says `broadcasts: true`. */
  | { readonly kind: 'broadcast'; readonly id: string; readonly content: string }
  /** An action of the plan; a handler that returns false says that it changed nothing. */
  | { readonly kind: 'act'; readonly act: Act; readonly args: ActArgs }
  /** The last of a node that leaves gracefully: what it sends now still goes out. A node that is killed gets none. */
  | { readonly kind: 'stop' };

/** What a node tells the layer above: what properties about membership and broadcast go by. */
export type ModelOutput =
  /** A broadcast arrived here for the first time, after so many hops. */
  | { readonly kind: 'deliver'; readonly id: string; readonly hops: number }
  /** A broadcast arrived here again. */
  | { readonly kind: 'duplicate' }
  /** A join call; `redundant` when it is to a peer already joined. */
  | { readonly kind: 'join-attempt'; readonly redundant: boolean };

/** What a node's state is made from. */
export interface Birth<Config, DefectId extends string = string> {
  readonly self: PeerId;
  /** Peers to begin with, as a rendezvous names them: the scenario's contacts that run, in random order. */
  readonly contacts: readonly PeerId[];
  readonly config: Config;
  /** True for each defect that is switched on. */
  readonly defects: Readonly<Record<DefectId, boolean>>;
  /** The node's own stream. */
  readonly random: RandomStream;
}

/** What a handler may do; every call takes effect at once, in call order. */
export interface ModelIo<Message, Timer, Config, DefectId extends string = string, Frame extends string = string>
  extends Birth<Config, DefectId>, ReducerIo<Message, Timer, ModelOutput> {
  /** Asks the rendezvous again: the contacts that run now, in random order. */
  askContacts(): PeerId[];
  /** A broadcast arrived here for the first time; the same as emitting `deliver`. `hops` is 1 by default. */
  deliver(id: string, hops?: number): void;
  /**
   * Opens a ledger entry of this node, for properties about resources.
   *
   * @param site - `<bucket>.<name>` of the place, one of few, such as `sessions.open`.
   */
  open(kind: EntryKind, site: string, options?: EntryOptions): EntryId;
  /** Closes an entry, once; `reason` is one of few, `done` by default. */
  close(entry: EntryId, reason?: string): void;
  /** Charges so many occurrences (default 1) of a frame of `costs` to the input at hand. */
  charge(frame: Frame, times?: number): void;
}

/** What a ledger entry is about. */
export interface EntryOptions {
  /** The peer that it serves. */
  readonly subject?: PeerId;
  /** What it holds; 0 or more, default 0. */
  readonly bytes?: number;
}

/** A defect as it is declared: a sentence that says what goes wrong, or with its source and layer. */
export type DefectText = string | { readonly summary: string; readonly source?: string; readonly layer?: string };

/** Defects by id, or in full. */
export type DefectList = Readonly<Record<string, DefectText>> | readonly Defect[];

/** The ids in a {@link DefectList}. */
export type DefectIdOf<List> = List extends readonly { readonly id: infer Id }[] ? Id & string : keyof List & string;

/** The configuration that a declaration's `config` stands for. */
export type ConfigOf<Shape> = Shape extends GenericSchema<unknown, infer Output> ? Output : Readonly<Shape>;

/** A number of microseconds, or how it follows from the configuration. */
export type TimeUs<Config> = number | ((config: Config) => number);

/** What reducer and task models declare alike. */
export interface Declaration<
  Message extends Tagged,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
  Costs extends Readonly<Record<string, number>>,
> {
  /** What a scenario names it by: letters, digits, `.`, `_`, `@` and `-`, none of the models' of quicksoak. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The paper or thread that it follows; default none. */
  readonly source?: string;
  /**
   * The configuration: an object of defaults (numbers, strings, booleans, lists, objects of these), whose types are those
   * of the configuration, or a valibot schema in which every field has a default. Default none.
   */
  readonly config?: Shape;
  /** Faults that can be switched on, by kebab-case id. Default none. */
  readonly defects?: Defects;
  /** Actions of its own that a plan may name, in kebab-case. Default none. */
  readonly acts?: readonly Act[];
  /** Those of {@link acts} that last: begun with the argument `on` true, ended with `on` false. Default none. */
  readonly switchedActs?: readonly NoInfer<Act>[];
  /** CPU by frame, in microseconds, such as `{ 'handle/merge': 20 }`; default none is charged. */
  readonly costs?: Costs;
  /** The longest timer that a node keeps re-arming: a calm must be longer. */
  readonly longestTimerUs: TimeUs<ConfigOf<Shape>>;
  /** The longest time that it keeps something on purpose; default the longest `forUs` of what it retains, or 0. */
  readonly longestRetentionUs?: TimeUs<ConfigOf<Shape>>;
  /** The longest time that a connection, task or entry may outlive what it served on purpose; default 0. */
  readonly lingerUs?: TimeUs<ConfigOf<Shape>>;
  /** What it keeps of departed peers on purpose, and the caps it promises, by path in the state. Default nothing. */
  retains?(config: ConfigOf<Shape>): readonly Retention[];
  /** What of a configuration contradicts itself, as a sentence; undefined when nothing does. */
  contradiction?(config: ConfigOf<Shape>, network: NetworkConfig): string | undefined;
  /** `links` (default): reliable and ordered, told when closed. `datagrams`: lost, repeated and reordered as they come. */
  readonly transport?: 'links' | 'datagrams';
  /** Wire size of a message in bytes, for bandwidth; default an estimate by its content. */
  bytes?(message: Message): number;
  /** Whether nodes take broadcasts of the workload and deliver them everywhere; default false. */
  readonly broadcasts?: boolean;
}

/** A model of one's own, typed by the state of its nodes. */
export interface OwnModel<State, Config = unknown> extends Model<Config> {
  /**
   * The state of one of its nodes as it stands; to be read, never changed or kept.
   *
   * @throws {InputError} `wrong-node` for a node of another model.
   */
  stateOf(node: Node): State;
  /** What one of its nodes handled last, such as `message ping from p3`; errors as {@link stateOf}. */
  inputOf(node: Node): string;
}
