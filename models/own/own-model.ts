// A model of one's own from its checked declaration and a way to make its nodes.
// Invariant: a node's state is read through the model that made the node, and through no other.
import { InputError } from '../../sim/errors.ts';
import type { Node } from '../../sim/node.ts';
import type { ModelContext } from '../model.ts';
import type { Birth, OwnModel } from './contract.ts';
import type { Declared } from './declaration.ts';
import type { Life, OwnNode } from './own-node.ts';
import { sharedBy } from './shared.ts';
import type { Shared, Wired } from './shared.ts';
import { OwnWorld } from './world.ts';

/** A definition whose types were checked where it was written. */
export interface Written extends Wired {
  state(birth: Birth<unknown>): object;
}

/**
 * A model.
 *
 * @param makeNode - A node of a run, which has not begun.
 */
export function ownModel<State, Config>(
  parts: Declared<Config>,
  written: Written,
  makeNode: (shared: Shared<unknown>, life: Life) => OwnNode,
): OwnModel<State, Config> {
  const ids = parts.defects.map(({ id }) => id);
  const made = new WeakSet<Node>();
  const nodeOf = (node: Node): OwnNode => {
    if (made.has(node)) return node as OwnNode;
    const message = `received a node of another model, expected one of ${JSON.stringify(parts.name)}`;
    throw new InputError('wrong-node', message, { model: parts.name });
  };
  return {
    ...parts,
    build: (context: ModelContext<Config>) => {
      const shared = sharedBy(written, context, parts.costs, ids);
      const make = (life: Life): OwnNode => {
        const node = makeNode(shared, life);
        made.add(node);
        return node;
      };
      return new OwnWorld((birth) => written.state(birth), make, shared, context);
    },
    stateOf: (node) => nodeOf(node).currentState as State,
    inputOf: (node) => nodeOf(node).lastInput,
  };
}
