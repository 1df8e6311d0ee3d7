// defineModel: a model of one's own as a reducer, plain state and one handler.
// Invariant: everything a run needs follows from the declaration; two runs of one model share nothing that changes.
import type { PeerId } from '../../sim/peer.ts';
import type {
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
import { ownModel } from './own-model.ts';
import type { Written } from './own-model.ts';
import { ReducerNode } from './reducer-node.ts';
import type { Handle } from './reducer-node.ts';

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
  const parts = declared<Shape>(definition, ['state', 'handle'], []);
  const written = definition as unknown as Written & { handle: Handle };
  const handle: Handle = (state, input, io) => written.handle(state, input, io);
  return ownModel(parts, written, (shared, life) => new ReducerNode(shared, life, handle));
}
