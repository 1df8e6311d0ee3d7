// Where a property of one's own finds the state of a node, and what else it is shown of it.
// Invariant: a run of another model is told apart at its first node, and is not judged.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import { describeValue } from '../../sim/recording/describe.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { PropertyWatch } from '../property.ts';

/** A model of one's own, or, for any other model, how to read the state of one of its nodes. */
export type StateSource<State> =
  { readonly name: string; stateOf(node: Node): State; inputOf(node: Node): string } | ((node: Node) => State);

/** The node whose state is shown. */
export interface NodeView {
  readonly peer: PeerId;
  /** Its life: 1 for the first of the peer. */
  readonly incarnation: number;
  /** Start of the life, in microseconds. */
  readonly bornUs: number;
  /** Virtual time, in microseconds. */
  readonly nowUs: number;
}

/**
 * What a node is shown as.
 *
 * @param nowUs - The time of what is shown: an event is shown when the next one comes.
 */
export function viewOf({ peer, bornUs }: Node, nowUs: number): NodeView {
  return { peer, incarnation: peer.incarnations, bornUs, nowUs };
}

/** What the node handled last, in words; undefined for a model that does not say. */
export function lastInputOf<State>(source: StateSource<State>, node: Node): string | undefined {
  return typeof source === 'function' ? undefined : source.inputOf(node);
}

/** What a property of one's own is called and says. */
export interface Named {
  /** In kebab-case, such as `suspects-few`; none of the names of quicksoak's own properties. */
  readonly name: string;
  /** One sentence: what holds. Default: what kind of property it is. */
  readonly summary?: string;
}

/**
 * Checks what a property of one's own is made from.
 *
 * @param functions - What it must have; absent ones may be named with a `?` at the end.
 * @throws {InputError} `bad-property`.
 */
export function checkParts<State>(
  kind: string,
  source: StateSource<State>,
  parts: Named,
  functions: readonly string[],
): void {
  const { name } = parts;
  if (typeof name !== 'string' || !/^[a-z\d]+(-[a-z\d]+)*$/.test(name)) {
    throw bad(`${kind}: name: received ${shown(name)}, expected a name in kebab-case, such as "suspects-few"`);
  }
  const where = `property ${JSON.stringify(name)}`;
  if (typeof source !== 'function' && typeof (source as { stateOf?: unknown } | null)?.stateOf !== 'function') {
    throw bad(
      `${where}: received ${shown(source)} for a model, expected one of defineModel or defineTaskModel, or a function from a node to its state`,
    );
  }
  for (const field of functions) {
    const given = (parts as unknown as Record<string, unknown>)[field.replace('?', '')];
    if (typeof given === 'function' || (field.endsWith('?') && given === undefined)) continue;
    throw bad(`${where}: ${field.replace('?', '')}: received ${shown(given)}, expected a function`);
  }
}

/**
 * A finite number that a property's function gave.
 *
 * @throws {InputError} `bad-property` for anything else.
 */
export function finite(value: unknown, name: string, field: string, { peer }: Node): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw bad(`property ${JSON.stringify(name)}: ${field} returned ${shown(value)} on ${peer}, expected a finite number`);
}

/**
 * True or false that a property's function gave.
 *
 * @throws {InputError} `bad-property` for anything else, as for a function that forgot to return.
 */
export function truth(value: unknown, name: string, field: string, { peer }: Node): boolean {
  if (typeof value === 'boolean') return value;
  throw bad(`property ${JSON.stringify(name)}: ${field} returned ${shown(value)} on ${peer}, expected true or false`);
}

/** A mistake in a property of one's own, as an error. */
export function bad(message: string): InputError {
  return new InputError('bad-property', message, {});
}

/** A state on one line, cut where it is long; what no line can show says so. */
export function stateText(state: unknown): string {
  const text = describeValue(state, { items: 6, characters: 30, depth: 5 });
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}...`;
}

const MOST_TEXT = 300;

/** A subject of evidence that is the same for any peers and figures, so that two findings can be told to be one. */
export function subjectOf(said: string): string {
  return said.replaceAll(/\bp\d+\b/g, 'p*').replaceAll(/\d+(?:\.\d+)?/g, '#');
}

/** What a watch keeps when the run is of another model. */
export const FOREIGN = 'foreign';

/** Why it is not judged then. */
export const FOREIGN_WHY = 'the run is of another model';

/** The hooks of a watch of one's own, which are called for its model's nodes only. */
export type OwnHooks = Omit<PropertyWatch, 'finish'> & { finish(atUs: number): object };

/**
 * A watch that holds still when the first node turns out to be of another model.
 *
 * @param hooks - Given a reader of states, for a run of the model.
 */
export function watchOf<State>(
  source: StateSource<State>,
  simulation: Simulation,
  hooks: (stateOf: (node: Node) => State, simulation: Simulation) => OwnHooks,
): PropertyWatch {
  const stateOf = typeof source === 'function' ? source : (node: Node): State => source.stateOf(node);
  const own = hooks(stateOf, simulation);
  let foreign = false;
  const guard =
    <Args extends readonly unknown[]>(hook: ((...args: Args) => void) | undefined) =>
    (...args: Args): void => {
      if (!foreign) hook?.(...args);
    };
  const started = guard(own.started?.bind(own));
  return {
    started: (node, atUs) => {
      foreign ||= isForeign(source, node);
      started(node, atUs);
    },
    ...(own.handled === undefined ? {} : { handled: guard(own.handled.bind(own)) }),
    ended: guard(own.ended?.bind(own)),
    middle: guard(own.middle?.bind(own)),
    calm: guard(own.calm?.bind(own)),
    finish: (atUs) => (foreign ? FOREIGN : own.finish(atUs)),
  };
}

function isForeign<State>(source: StateSource<State>, node: Node): boolean {
  if (typeof source === 'function') return false;
  try {
    source.stateOf(node);
    return false;
  } catch (error) {
    if (error instanceof InputError && error.code === 'wrong-node') return true;
    throw error;
  }
}
