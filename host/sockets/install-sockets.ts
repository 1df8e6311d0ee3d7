// Puts virtual sockets in the place of Node's: the built-in modules are given other functions while a host is installed.
// Invariant: every node's sockets are its own; code that no node runs is refused a socket, as without this layer.
//
// Built-in modules are patched rather than replaced by a loader: one way serves `import`, `require` and Node's own http,
// works alike on every Node from 20.19 on, and needs no thread of its own, which asynchronous loader hooks do.
import dgram from 'node:dgram';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { Duplex } from 'node:stream';
import type { HostedSimulation } from '../hosted-simulation.ts';
import { Patches } from '../patches.ts';
import { VirtualDatagramSocket } from './datagram-socket.ts';
import type { DatagramOptions } from './datagram-socket.ts';
import { installHttp } from './http.ts';
import { installLookups } from './lookups.ts';
import { installServers } from './server.ts';
import { duplexOptions, VirtualSocket } from './socket.ts';
import type { SocketOptions } from './socket.ts';
import { nodeError } from './socket-error.ts';
import { machineHere } from './machine.ts';
import type { Machine } from './machine.ts';

type Call = (...args: unknown[]) => unknown;
type Construct = new (...args: unknown[]) => object;

const realCreateServer = net.createServer as Call;

const installed = new WeakSet<HostedSimulation>();

/**
 * Gives nodes that have a {@link Machine} virtual sockets: `node:net`, `node:dgram`, `node:http`, `dns.lookup` and
 * `os.networkInterfaces` act for the node whose event it is. To be called once the host is installed and before the
 * target is imported; {@link HostedSimulation.close} undoes it. A second call for a host does nothing.
 *
 * @throws {HostError} `not-installed`.
 */
export function installSockets(host: HostedSimulation): void {
  host.mustBeInstalled();
  if (installed.has(host)) return;
  installed.add(host);
  const patches = new Patches();
  installNet(patches);
  installServers(patches);
  installDatagrams(patches);
  installHttp(patches);
  installLookups(patches);
  syncBuiltinESMExports();
  host.layers.push(() => {
    patches.restore();
    syncBuiltinESMExports();
  });
}

function installNet(patches: Patches): void {
  const Socket = socketClass(net.Socket as unknown as Construct);
  patches.replace(net, 'Socket', () => Socket);
  patches.replace(net, 'Stream', () => Socket);
  for (const name of ['connect', 'createConnection']) {
    patches.replace(net, name, (refused) => (...args: unknown[]) => {
      const machine = machineHere();
      if (machine === undefined) return (refused as Call)(...args);
      const options =
        typeof args[0] === 'object' && args[0] !== null ? (args[0] as SocketOptions & { timeout?: number }) : {};
      const socket = new VirtualSocket(machine, options);
      if (options.timeout !== undefined) socket.setTimeout(options.timeout);
      return socket.connect(...args);
    });
  }
  patches.replace(net, 'createServer', (refused) => (...args: unknown[]) => {
    // It opens nothing until it listens; outside a node the one that was there before says what is wrong.
    return machineHere() === undefined ? (refused as Call)(...args) : realCreateServer(...args);
  });
}

/** `net.Socket` for `new`, for a call without it, and for classes that inherit from it in the new or the old way. */
function socketClass(Real: Construct): unknown {
  const Class: Construct = new Proxy(VirtualSocket as unknown as Construct, {
    construct(target, [options], newTarget) {
      const machine = machineHere();
      if (machine === undefined)
        return Reflect.construct(Real, [options], newTarget === Class ? Real : newTarget) as object;
      return Reflect.construct(target, [machine, options ?? {}], newTarget === Class ? target : newTarget) as object;
    },
    apply(_target, self: unknown, [options]: [SocketOptions | undefined]) {
      const machine = machineHere();
      if (!(self instanceof VirtualSocket) || machine === undefined) return new Class(options);
      Reflect.apply(Duplex as unknown as Call, self, [duplexOptions(options ?? {})]);
      self.begin(machine, options ?? {});
      return undefined;
    },
  });
  return Class;
}

function installDatagrams(patches: Patches): void {
  const create = (machine: Machine, given: unknown, onMessage: unknown): VirtualDatagramSocket => {
    const options = (typeof given === 'object' && given !== null ? given : { type: given }) as DatagramOptions;
    if (options.type !== 'udp4' && options.type !== 'udp6') {
      throw nodeError('ERR_SOCKET_BAD_TYPE', 'Bad socket type specified. Valid types are: udp4, udp6', TypeError);
    }
    return new VirtualDatagramSocket(machine, options, onMessage);
  };
  patches.replace(dgram, 'createSocket', (refused) => (...args: unknown[]) => {
    const machine = machineHere();
    return machine === undefined ? (refused as Call)(...args) : create(machine, args[0], args[1]);
  });
  patches.replace(dgram, 'Socket', (Real) => {
    const Class: Construct = new Proxy(VirtualDatagramSocket as unknown as Construct, {
      construct(target, args, newTarget) {
        const machine = machineHere();
        if (machine === undefined)
          return Reflect.construct(
            Real as Construct,
            args,
            newTarget === Class ? (Real as Construct) : newTarget,
          ) as object;
        return newTarget === Class
          ? create(machine, args[0], args[1])
          : (Reflect.construct(
              target,
              [machine, typeof args[0] === 'string' ? { type: args[0] } : args[0], args[1]],
              newTarget,
            ) as object);
      },
      apply(_target, _self, args: unknown[]) {
        return new Class(...args);
      },
    });
    return Class;
  });
}
