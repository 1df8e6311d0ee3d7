// `net.Server` on virtual ports: the methods that listen, close and count, for the servers of hosted nodes.
// Invariant: a server belongs to the node whose event let it listen, and every other server is left to Node.
import net, { isIP } from 'node:net';
import process from 'node:process';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Patches } from '../patches.ts';
import { ANY_ADDRESS, isLoopback } from './addresses.ts';
import type { SocketAddress } from './addresses.ts';
import { listenArguments } from './arguments.ts';
import type { ListenOptions } from './arguments.ts';
import type { Endpoint } from './endpoint.ts';
import { lookUp } from './names.ts';
import { VirtualSocket } from './socket.ts';
import { nodeError, socketError } from './socket-error.ts';
import { machineHere } from './machine.ts';
import type { Listener, Machine } from './machine.ts';

/** What a server has on its machine, and the documented methods of `net.Server` that are about it. */
export class Listening implements Listener {
  readonly #server: net.Server;
  readonly #machine: Machine;
  #bound: SocketAddress | undefined = undefined;
  #binding = true;
  #connections = 0;
  #entry: EntryId = NO_ENTRY;

  constructor(server: net.Server, machine: Machine) {
    this.#server = server;
    this.#machine = machine;
  }

  /** Begins to listen; says so, or why not, in a later tick. */
  start({ host, port, signal }: ListenOptions): void {
    if (signal?.aborted === true) {
      process.nextTick(() => this.#server.close());
      return;
    }
    signal?.addEventListener('abort', () => this.#server.close(), { once: true });
    lookUp(this.#machine, host, undefined, (error, address) => {
      if (!this.#binding) return;
      const failure = error ?? this.#bind(address!, port);
      if (failure === undefined) this.#server.emit('listening');
      else {
        this.#binding = false;
        this.#server.emit('error', failure);
      }
    });
  }

  #bind(address: string, wanted: number): Error | undefined {
    const { tcp } = this.#machine;
    const failed = canBind(this.#machine, address);
    if (failed !== undefined) return socketError(failed, 'listen', address, wanted);
    const port = wanted === 0 ? tcp.freePort() : wanted;
    if (!tcp.bind({ address, port }, this)) return socketError('EADDRINUSE', 'listen', address, wanted);
    this.#bound = { address, port };
    this.#binding = false;
    const { simulation, node } = this.#machine;
    this.#entry = simulation.ledger?.open('listener', node, undefined, 'socket.listen') ?? NO_ENTRY;
    return undefined;
  }

  get isListening(): boolean {
    return this.#bound !== undefined;
  }

  /** True until it has been closed, or could not listen. */
  get isInUse(): boolean {
    return this.#binding || this.#bound !== undefined;
  }

  get connectionCount(): number {
    return this.#connections;
  }

  get address(): (SocketAddress & { family: string }) | null {
    return this.#bound === undefined ? null : { address: this.#bound.address, family: 'IPv4', port: this.#bound.port };
  }

  accept(endpoint: Endpoint): void {
    const server = this.#server as net.Server & ServerSettings;
    const { maxConnections } = server;
    if (typeof maxConnections === 'number' && this.#connections >= maxConnections) {
      const { local, remote } = endpoint;
      endpoint.close(true);
      server.emit('drop', {
        localAddress: local.address,
        localPort: local.port,
        localFamily: 'IPv4',
        remoteAddress: remote.address,
        remotePort: remote.port,
        remoteFamily: 'IPv4',
      });
      return;
    }
    const { allowHalfOpen = false, pauseOnConnect, highWaterMark } = server;
    const marks = highWaterMark === undefined ? {} : { highWaterMark };
    const socket = new VirtualSocket(this.#machine, { allowHalfOpen, ...marks, endpoint });
    this.#connections++;
    socket.server = server;
    socket.once('close', () => {
      this.#connections--;
      this.#closeIfDrained();
    });
    if (pauseOnConnect === true) socket.pause();
    server.emit('connection', socket);
    if (pauseOnConnect !== true && !socket.isPaused()) socket.read(0);
  }

  /** Listens no more; `close` is told once the last connection has ended. */
  close(): void {
    this.#binding = false;
    if (this.#bound !== undefined) this.#machine.tcp.unbind(this.#bound.port, this);
    this.#bound = undefined;
    this.#machine.simulation.ledger?.close(this.#entry, 'closed');
    this.#entry = NO_ENTRY;
    this.#closeIfDrained();
  }

  #closeIfDrained(): void {
    if (this.isInUse || this.#connections > 0) return;
    process.nextTick(() => this.#server.emit('close'));
  }
}

/** Fields of a server that Node sets from its options. */
interface ServerSettings {
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
  readonly highWaterMark?: number;
}

/** Why a node cannot bind to an address; undefined when it can. */
export function canBind(machine: Machine, address: string): 'EAFNOSUPPORT' | 'EADDRNOTAVAIL' | undefined {
  if (isIP(address) === 6) return 'EAFNOSUPPORT';
  return address === ANY_ADDRESS || address === machine.address || isLoopback(address) ? undefined : 'EADDRNOTAVAIL';
}

type Method = (this: net.Server, ...args: unknown[]) => unknown;
type Act = (listening: Listening, server: net.Server, args: unknown[]) => unknown;

/** What a listening server of a hosted node does instead of Node's. */
const ACTS: Readonly<Record<string, Act>> = {
  close: (listening, server, [onClose]) => {
    if (typeof onClose === 'function') {
      const error = listening.isInUse ? undefined : nodeError('ERR_SERVER_NOT_RUNNING', 'Server is not running.');
      server.once('close', () => (onClose as (error?: Error) => void)(error));
    }
    listening.close();
    return server;
  },
  address: (listening) => listening.address,
  getConnections: ({ connectionCount }, server, [done]) => {
    process.nextTick(() => (done as (error: null, count: number) => void)(null, connectionCount));
    return server;
  },
};

/** Replaces the methods of `net.Server`. */
export function installServers(patches: Patches): void {
  const listenings = new WeakMap<object, Listening>();
  const { prototype } = net.Server;
  patches.replace(prototype, 'listen', (refusedListen) => {
    return function listen(this: net.Server, ...args: unknown[]): unknown {
      const machine = machineHere();
      // The one that was there before this layer refuses it, or is Node's own.
      if (machine === undefined) return Reflect.apply(refusedListen as Method, this, args);
      const [options, onListening] = listenArguments(args);
      if (listenings.get(this)?.isInUse === true) {
        throw nodeError('ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once without closing.');
      }
      if (onListening !== undefined) this.once('listening', onListening);
      const listening = new Listening(this, machine);
      listenings.set(this, listening);
      listening.start(options);
      return this;
    };
  });
  for (const [name, act] of Object.entries(ACTS)) {
    patches.replace(prototype, name, (original) => {
      return function (this: net.Server, ...args: unknown[]): unknown {
        const listening = listenings.get(this);
        return listening === undefined ? Reflect.apply(original as Method, this, args) : act(listening, this, args);
      };
    });
  }
  patches.replaceGetter(prototype, 'listening', (original) => {
    return function (this: net.Server): unknown {
      return listenings.get(this)?.isListening ?? Reflect.apply(original, this, []);
    };
  });
  patches.replace(prototype, Symbol.asyncDispose, () => {
    return function (this: net.Server): Promise<void> {
      return new Promise((resolve, reject) => {
        if (!this.listening) resolve();
        else this.close((error) => (error === undefined ? resolve() : reject(error)));
      });
    };
  });
}
