// The population of one run of a model of one's own, whichever way its nodes are written.
// Invariant: a node's state is made before its life begins, and its connections end before its life does.
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
import type { ActArgs, Birth } from './contract.ts';
import { payloadClass } from './messages.ts';
import type { Life, OwnNode } from './own-node.ts';
import type { Shared } from './shared.ts';

/** See the file's head. */
export class OwnWorld implements World {
  readonly network: Network;
  readonly links?: LinkNetwork;
  private readonly simulation: Simulation;
  private readonly stateFor: (birth: Birth<unknown>) => unknown;
  private readonly makeNode: (life: Life) => OwnNode;
  private readonly shared: Shared<unknown>;
  private readonly recorder: Recorder | undefined;

  constructor(
    stateFor: (birth: Birth<unknown>) => unknown,
    makeNode: (life: Life) => OwnNode,
    shared: Shared<unknown>,
    { simulation, network, recorder }: Pick<ModelContext<unknown>, 'simulation' | 'network' | 'recorder'>,
  ) {
    this.simulation = simulation;
    this.network = network;
    if (shared.datagrams === undefined) this.links = shared.links;
    this.stateFor = stateFor;
    this.makeNode = makeNode;
    this.shared = shared;
    this.recorder = recorder;
  }

  start(peer: PeerId): Node {
    const { simulation, shared } = this;
    const { config, defects } = shared;
    const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const contacts = shared.contactsFor(peer, random);
    const state = this.stateFor({ self: peer, contacts, config, defects, random });
    refuseOddState(state, shared.name);
    const recorder = this.recorder?.wants(peer.index) === true ? this.recorder : undefined;
    const clock = this.network.clockOf(peer);
    const node = this.makeNode({ contacts, random, clock, state: state as object, recorder });
    simulation.attach(node, peer);
    recorder?.began(node.serial, peer.index, simulation.nowUs, state);
    node.begin();
    return node;
  }

  stop(node: Node): void {
    const leaving = node as OwnNode;
    leaving.leave(() => this.end(leaving, 'stopped'));
  }

  kill(node: Node): void {
    const dying = node as OwnNode;
    dying.die();
    this.end(dying, 'killed');
  }

  act(node: Node, act: string, args: ActArgs): boolean {
    return (node as OwnNode).act(act, args);
  }

  broadcast(node: Node, content: string): boolean {
    if (!this.shared.broadcasts || !(node as OwnNode).canBroadcast) return false;
    const id = contentId(content);
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(node, id);
    (node as OwnNode).broadcast(id, content);
    return true;
  }

  classOf(payload: unknown): string {
    return payloadClass(payload);
  }

  private end(node: OwnNode, how: NodeEnd): void {
    this.shared.links.endNode(node, how);
    this.simulation.detach(node, how);
    if (this.recorder?.wants(node.peer.index) === true) this.recorder.ended(node.serial, this.simulation.nowUs);
  }
}

/** What a recorder could not follow, and a census would not see by the names of its fields. */
function refuseOddState(state: unknown, name: string): void {
  const isObject = typeof state === 'object' && state !== null;
  const prototype: unknown = isObject ? Object.getPrototypeOf(state) : undefined;
  if (isObject && (prototype === Object.prototype || prototype === null)) {
    const getter = Object.entries(Object.getOwnPropertyDescriptors(state)).find(([, field]) => field.get !== undefined);
    if (getter === undefined) return;
    const message = `model ${JSON.stringify(name)}: state: received a getter, ${getter[0]}, expected plain data: whoever needs it calls a function of the state`;
    throw new InputError('bad-state', message, { model: name });
  }
  const received = isObject ? `an instance of ${(state.constructor as { name?: string }).name}` : shown(state);
  const message = `model ${JSON.stringify(name)}: state: received ${received}, expected a plain object of plain objects, arrays, Maps and Sets`;
  throw new InputError('bad-state', message, { model: name });
}
