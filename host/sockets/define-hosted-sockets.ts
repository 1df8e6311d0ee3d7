// Hosting a package that uses sockets: as a class of one's own, on a machine with an address.
// Invariant: the package is imported, and runs, with virtual sockets in the place of Node's.
import type { ConfigOf, DefectList } from '../../models/own/contract.ts';
import { InputError } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { defineHostedStack } from '../model/define-hosted.ts';
import type { HostedDefinition, HostedModel } from '../model/define-hosted.ts';
import type { HostedRun } from '../model/hosted-life.ts';
import { OwnLife } from '../model/own-life.ts';
import type { Letter, OwnParts } from '../model/own-life.ts';
import { thread } from '../thread.ts';
import { addressOf, nameOf } from './addresses.ts';
import { installSockets } from './install-sockets.ts';
import { Machine } from './machine.ts';
import { SocketNetwork } from './socket-network.ts';
import type { SocketSettings } from './socket-network.ts';

/** What {@link defineHostedSockets} is given. */
export interface HostedSocketsDefinition<
  Target,
  Exposed extends object,
  Shape extends object,
  Defects extends DefectList,
  Act extends string,
> extends HostedDefinition<Target, Exposed, Shape, Defects, Act> {
  /** What a kill takes down, and further names; default {@link SocketSettings}'s own. */
  readonly sockets?: (config: ConfigOf<Shape>) => SocketSettings;
}

/**
 * A model of a package that uses `node:net`, `node:dgram`, `node:http`, `ws` or whatever is built on them. Like
 * {@link defineHosted}; within `boot` and all that it starts, sockets are the node's own: it has the address
 * {@link addressOf}, such as `10.0.0.1` for `p0`, and the name {@link nameOf}, such as `p0.test`, by which others find it
 * in their state as well.
 *
 * Import the package in `load`, or when it is first used: one that was imported before may have kept Node's own sockets.
 *
 * @throws {InputError} `bad-model` for a declaration that cannot be, in one sentence.
 */
export function defineHostedSockets<
  Target = undefined,
  Exposed extends object = object,
  Shape extends object = object,
  Defects extends DefectList = Readonly<Record<never, string>>,
  Act extends string = never,
>(definition: HostedSocketsDefinition<Target, Exposed, Shape, Defects, Act>): HostedModel<ConfigOf<Shape>> {
  const { sockets, load, boot, stop, neighbours, identities, ...declaration } = definition;
  for (const [field, given] of Object.entries({ sockets, boot, stop, neighbours, identities })) {
    if (typeof given === 'function' || (given === undefined && field !== 'boot')) continue;
    const message = `model ${JSON.stringify(declaration.name)}: ${field}: received ${typeof given}, expected a function`;
    throw new InputError('bad-model', message, { field });
  }
  return defineHostedStack<Target, Shape, Defects, Act>({
    ...declaration,
    ...(load === undefined ? {} : { load: () => loadWithSockets(load) }),
    population: (run, target) => {
      installSockets(run.host);
      const network = new SocketNetwork(run.host, run.network, sockets?.(run.config));
      const parts = { target, boot, stop, neighbours, identities } as unknown as OwnParts;
      return (peer) => new SocketLife(run, peer, parts, network) as never;
    },
  });
}

function loadWithSockets<Target>(load: () => Promise<Target>): Promise<Target> {
  // Whoever loads has the thread on virtual time.
  installSockets(thread.host!);
  return load();
}

/** One life, on a machine. */
class SocketLife extends OwnLife {
  private readonly machine: Machine;

  constructor(run: HostedRun, peer: PeerId, parts: OwnParts, network: SocketNetwork) {
    super(run, peer, parts);
    this.machine = new Machine(network, this);
    const address = addressOf(peer.index);
    for (const identity of [address, Uint8Array.from(address.split('.'), Number), nameOf(peer.index)]) {
      run.identities.add(peer, identity);
    }
  }

  override receive(slot: number, message: Letter): void {
    if (!this.machine.receive(message)) super.receive(slot, message);
  }

  override connections(): Iterable<PeerId> {
    return this.machine.connections();
  }

  override tearDown(how: NodeEnd): void {
    this.machine.network.endMachine(this.machine, how);
  }
}
