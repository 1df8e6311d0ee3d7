// defineModel: a model of one's own as a reducer, plain state and one handler.
// Invariant: everything a run needs follows from the declaration; two runs of one model share nothing that changes.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import { METER } from '../../sim/meters.ts';
import type { LinkNetwork } from '../../sim/network/links.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { contentId } from '../../sim/random/hash.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import type { NodeEnd, Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { ModelContext } from '../model.ts';
import type {
  ActArgs,
  Birth,
  ConfigOf,
  Declaration,
  DefectIdOf,
  DefectList,
  ModelInput,
  ModelIo,
  OwnModel,
  Tagged,
} from './contract.ts';
import { declared } from './declaration.ts';
import { payloadClass } from './messages.ts';
import { ReducerNode } from './reducer-node.ts';
import type { ReducerShared } from './reducer-node.ts';
import { sharedBy } from './shared.ts';
import type { Shared } from './shared.ts';

/** What {@link defineModel} is given. */
export interface ModelDefinition<
  State extends object,
  Message extends Tagged,
  Timer extends Tagged,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
  Costs extends Readonly<Record<string, number>>,
> extends Declaration<Message, Shape, Defects, Act, Costs> {
  /**
   * The types of messages and timers, never read: `typesOf<{ message: Ping | Pong; timer: 'beat' }>()`. In place of it
   * the parameters of `handle` may be annotated.
   */
  readonly types?: { readonly message?: Message; readonly timer?: Timer };
  /** The state of a node that starts: a plain object of plain objects, arrays, Maps and Sets. Comes before `handle`. */
  state(birth: Birth<ConfigOf<Shape>, DefectIdOf<Defects>>): State;
  /** Changes the state in place and acts through `io`; false says that an act changed nothing. */
  handle(
    state: State,
    input: ModelInput<Message, Timer, Act>,
    io: ModelIo<Message, Timer, ConfigOf<Shape>, DefectIdOf<Defects>, keyof Costs & string>,
  ): void | boolean;
  /** The peers that a node counts as overlay neighbours, for properties about the overlay; default no such relation. */
  neighbours?(state: State): Iterable<PeerId>;
}

/**
 * A model of one's own as a reducer. It runs in any scenario, under any churn, and its state is open to properties and to
 * time travel.
 *
 * @throws {InputError} `bad-model` for a declaration that cannot be, in one sentence.
 */
export function defineModel<
  State extends object,
  Message extends Tagged = Tagged,
  Timer extends Tagged = Tagged,
  Shape extends object = object,
  Defects extends DefectList = Readonly<Record<never, string>>,
  Act extends string = never,
  Costs extends Readonly<Record<string, number>> = Readonly<Record<never, number>>,
>(definition: ModelDefinition<State, Message, Timer, Shape, Defects, Act, Costs>): OwnModel<State, ConfigOf<Shape>> {
  type Config = ConfigOf<Shape>;
  const parts = declared<Shape>(definition, ['state', 'handle']);
  const ids = parts.defects.map(({ id }) => id);
  const isNode = new WeakSet<Node>();
  const nodeOf = (node: Node): ReducerNode => {
    if (isNode.has(node)) return node as ReducerNode;
    const message = `received a node of another model, expected one of ${JSON.stringify(parts.name)}`;
    throw new InputError('wrong-node', message, { model: parts.name });
  };
  return {
    ...parts,
    build: (context: ModelContext<Config>) => {
      const written = definition as unknown as Written;
      return new ReducerWorld(written, sharedBy(written, context, parts.costs, ids), context, (node) =>
        isNode.add(node),
      );
    },
    stateOf: (node) => nodeOf(node).currentState as State,
    inputOf: (node) => nodeOf(node).lastInput,
  };
}

/** A definition whose types were checked where it was written. */
interface Written extends Pick<ReducerShared, 'handle' | 'neighbours'> {
  readonly name: string;
  readonly transport?: 'links' | 'datagrams';
  readonly broadcasts?: boolean;
  state(birth: Birth<unknown>): object;
  bytes?(message: unknown): number;
}

/** The population of one run. */
class ReducerWorld implements World {
  readonly network: Network;
  readonly links?: LinkNetwork;
  private readonly simulation: Simulation;
  private readonly written: Written;
  private readonly shared: ReducerShared;
  private readonly recorder: Recorder | undefined;
  private readonly born: (node: Node) => void;

  constructor(
    written: Written,
    shared: Shared<unknown>,
    { simulation, network, recorder }: Pick<ModelContext<unknown>, 'simulation' | 'network' | 'recorder'>,
    born: (node: Node) => void,
  ) {
    const { neighbours } = written;
    this.simulation = simulation;
    this.network = network;
    if (shared.datagrams === undefined) this.links = shared.links;
    this.written = written;
    this.recorder = recorder;
    this.born = born;
    this.shared = {
      ...shared,
      handle: (state, input, io) => written.handle(state, input, io),
      ...(neighbours === undefined ? {} : { neighbours: (state) => neighbours(state) }),
    };
  }

  start(peer: PeerId): ReducerNode {
    const { simulation, shared } = this;
    const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const contacts = shared.contactsFor(peer, random);
    const recorder = this.recorder?.wants(peer.index) === true ? this.recorder : undefined;
    const { config, defects } = shared;
    const state = this.written.state({ self: peer, contacts, config, defects, random });
    refuseOddState(state, shared.name);
    const node = new ReducerNode(shared, { contacts, random, clock: this.network.clockOf(peer), state, recorder });
    this.born(node);
    simulation.attach(node, peer);
    recorder?.began(node.serial, peer.index, simulation.nowUs, state);
    node.take({ kind: 'start' });
    return node;
  }

  stop(node: Node): void {
    (node as ReducerNode).take({ kind: 'stop' });
    this.end(node as ReducerNode, 'stopped');
  }

  kill(node: Node): void {
    this.end(node as ReducerNode, 'killed');
  }

  act(node: Node, act: string, args: ActArgs): boolean {
    return (node as ReducerNode).take({ kind: 'act', act, args });
  }

  broadcast(node: Node, content: string): boolean {
    if (!this.shared.broadcasts) return false;
    const id = contentId(content);
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(node, id);
    (node as ReducerNode).take({ kind: 'broadcast', id, content });
    return true;
  }

  classOf(payload: unknown): string {
    return payloadClass(payload);
  }

  private end(node: ReducerNode, how: NodeEnd): void {
    this.shared.links.endNode(node, how);
    this.simulation.detach(node, how);
    node.recorder?.ended(node.serial, this.simulation.nowUs);
  }
}

/** What a recorder could not follow, and a census would not see by the names of its fields. */
function refuseOddState(state: unknown, name: string): void {
  const isObject = typeof state === 'object' && state !== null;
  const prototype: unknown = isObject ? Object.getPrototypeOf(state) : undefined;
  if (isObject && (prototype === Object.prototype || prototype === null)) return;
  const received = isObject ? `an instance of ${(state.constructor as { name?: string }).name}` : shown(state);
  const message = `model ${JSON.stringify(name)}: state: received ${received}, expected a plain object of plain objects, arrays, Maps and Sets`;
  throw new InputError('bad-state', message, { model: name });
}
