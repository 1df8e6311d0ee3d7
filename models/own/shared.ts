// What all nodes of one run of a model of one's own share, and the errors of what their author wrote.
// Invariant: nothing here changes during a run, so no node can reach another through it.
import { freeze } from 'immer';
import { InputError, QuicksoakError } from '../../sim/errors.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import { DatagramNetwork } from '../../sim/network/datagrams.ts';
import { LinkNetwork } from '../../sim/network/links.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { ModelContext } from '../model.ts';
import { estimatedBytes } from './messages.ts';

/** One run's settings and networks. */
export interface Shared<Config> {
  /** Of the model. */
  readonly name: string;
  readonly config: Config;
  readonly defects: Readonly<Record<string, boolean>>;
  readonly costs: CostTable | undefined;
  readonly network: Network;
  readonly links: LinkNetwork;
  /** Undefined for a model that talks over links. */
  readonly datagrams: DatagramNetwork | undefined;
  readonly bytesOf: (message: unknown) => number;
  readonly broadcasts: boolean;
  /** Undefined for a model without the relation. */
  readonly neighboursOf: ((state: object) => Iterable<PeerId>) | undefined;
  /** The contacts that run now, in random order; of all when none does. */
  readonly contactsFor: (peer: PeerId, random: RandomStream) => PeerId[];
}

/** What V8 and immer say of a change to something frozen. */
const CHANGES_WHAT_IS_FROZEN = /not extensible|read.only|frozen|Cannot (?:add|delete|define|assign)/i;

/**
 * An error of a handler or task as one of its author's: with the node, the virtual time, what was at hand, and the place.
 *
 * @param what - What threw, such as `handle`.
 * @param input - What was at hand, such as `message ping from p3`.
 */
export function errorOfAuthor(error: unknown, model: string, what: string, node: Node, input: string): InputError {
  if (error instanceof InputError) return error;
  const { peer, simulation } = node;
  const place = error instanceof Error ? /^\s*at .*$/m.exec(error.stack ?? '')?.[0].trim() : undefined;
  const said = error instanceof QuicksoakError ? error.message : String(error);
  const text = `model ${JSON.stringify(model)}: ${what} threw ${said}, on ${peer} at ${formatDuration(simulation.nowUs)}, at ${input}`;
  const hint = error instanceof TypeError && CHANGES_WHAT_IS_FROZEN.test(error.message) ? FROZEN_HINT : '';
  // The engine's own refusals are about the call, and their place is in the engine.
  const from = place === undefined || error instanceof QuicksoakError ? '' : `, ${place}`;
  const details = { model, node: String(peer), atUs: simulation.nowUs, input };
  return new InputError('model-threw', text + from + hint, details, error);
}

const FROZEN_HINT =
  '; what is sent or armed is frozen, with what it holds of the state: expected a copy to be sent, and what arrives to be left as it is';

/** What {@link sharedBy} needs of a definition. */
export interface Wired {
  readonly name: string;
  readonly transport?: 'links' | 'datagrams';
  readonly broadcasts?: boolean;
  bytes?(message: unknown): number;
  neighbours?(state: object): Iterable<PeerId>;
}

/**
 * Sets one run up.
 *
 * @param defectIds - All of the model's.
 */
export function sharedBy<Config>(
  definition: Wired,
  { simulation, network, config, defects, contacts }: ModelContext<Config>,
  costs: CostTable | undefined,
  defectIds: readonly string[],
): Shared<Config> {
  const bytesOf = (message: unknown): number => definition.bytes?.(message) ?? estimatedBytes(message);
  const hosts = contacts.map((index) => simulation.peers.intern(index));
  return {
    name: definition.name,
    config: freeze(config, true),
    defects: freeze(Object.fromEntries(defectIds.map((id) => [id, defects.has(id)]))),
    costs,
    network,
    links: new LinkNetwork(network, bytesOf),
    datagrams: definition.transport === 'datagrams' ? new DatagramNetwork(network) : undefined,
    bytesOf,
    broadcasts: definition.broadcasts === true,
    neighboursOf: definition.neighbours === undefined ? undefined : (state) => definition.neighbours!(state),
    // Were those that are down named as well, the first nodes could gather around different ones and stay apart.
    contactsFor: (peer, random) => {
      const others = hosts.filter((contact) => contact !== peer);
      const running = others.filter((contact) => contact.node !== undefined);
      return random.shuffle(running.length > 0 ? running : others);
    },
  };
}
