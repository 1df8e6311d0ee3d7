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
  // A call that the engine refused says itself what was expected.
  const said = error instanceof QuicksoakError ? `: ${error.message}` : ` threw ${String(error)}`;
  const text = `model ${JSON.stringify(model)}: ${what}${said}, on ${peer} at ${formatDuration(simulation.nowUs)}, at ${input}`;
  const hint = isAboutFrozen(error) ? FROZEN_HINT : '';
  const place = error instanceof Error ? placeOf(error) : undefined;
  const from = place === undefined ? '' : `, ${place}`;
  const details = { model, node: String(peer), atUs: simulation.nowUs, input };
  return new InputError('model-threw', text + from + hint, details, error);
}

/** The first frame that is neither the engine's nor a library's: of a call that was refused, the call. */
function placeOf({ stack = '' }: Error): string | undefined {
  const frames = stack.match(/^\s*at .*$/gm) ?? [];
  return frames.find((frame) => !ENGINE.some((part) => frame.includes(part)) || frame.includes('.test.'))?.trim();
}

/** Where this package is, as stacks name it: with source maps that is not where it was loaded from. */
const PACKAGE = /(?:\(|at )([^(]*)models[/\\]own[/\\]shared\./.exec(new Error('here').stack ?? '')?.[1] ?? '';
/** What the frames of this package, of the library that freezes, and of the runtime have in them. */
const ENGINE = [...(PACKAGE === '' ? [] : [PACKAGE]), '/immer/', 'node:', '<anonymous>'];

/** Arrays and objects throw by themselves; Maps and Sets are made to by immer. */
function isAboutFrozen(error: unknown): boolean {
  return error instanceof Error && !(error instanceof QuicksoakError) && CHANGES_WHAT_IS_FROZEN.test(error.message);
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
