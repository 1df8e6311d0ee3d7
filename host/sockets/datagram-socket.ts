// `dgram.Socket` on a virtual port: bind, send, receive, connect, and membership of groups.
// Invariant: it acts for the node whose event made it; nobody is told whether a datagram arrives.
import { EventEmitter } from 'node:events';
import process from 'node:process';
import { opaque } from '../../sim/census/opaque.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { ANY_ADDRESS, BROADCAST, isMulticast, LOOPBACK } from './addresses.ts';
import type { SocketAddress } from './addresses.ts';
import { bytesOf, sendArguments } from './datagram-arguments.ts';
import type { Destination } from './datagram-arguments.ts';
import { lookUp } from './names.ts';
import type { LookupFunction } from './names.ts';
import { canBind } from './server.ts';
import { checkPort, nodeError, socketError } from './socket-error.ts';
import type { DatagramUser, Machine } from './machine.ts';

/** What `dgram.createSocket` takes. */
export interface DatagramOptions {
  readonly type: string;
  readonly reuseAddr?: boolean;
  readonly reusePort?: boolean;
  readonly lookup?: LookupFunction;
  readonly signal?: AbortSignal;
}

type SendDone = (error: Error | null, bytes?: number) => void;
type Callback = (...args: unknown[]) => void;

/** Most bytes that a datagram carries over IPv4. */
const MOST_BYTES = 65_507;
const BUFFER_BYTES = 212_992;

/** What a socket is and has; hidden from a census. */
interface DatagramState {
  readonly [opaque]: true;
  readonly machine: Machine;
  readonly shared: boolean;
  readonly lookup: LookupFunction | undefined;
  /** `unbound`, then `binding` until its address is known, then `bound`; `closed` for ever. */
  phase: 'unbound' | 'binding' | 'bound' | 'closed';
  bound: SocketAddress | undefined;
  entry: EntryId;
  readonly groups: Set<string>;
  broadcast: boolean;
  loopback: boolean;
}

/** A datagram socket of a hosted node. */
export class VirtualDatagramSocket extends EventEmitter implements DatagramUser {
  declare readonly type: string;
  /** Whom it is connected to: shown to a census. */
  declare remote: SocketAddress | undefined;
  declare private readonly state: DatagramState;

  constructor(machine: Machine, { type, reuseAddr, reusePort, lookup, signal }: DatagramOptions, onMessage?: unknown) {
    super();
    this.type = type;
    this.remote = undefined;
    const state: DatagramState = {
      [opaque]: true,
      machine,
      shared: reuseAddr === true || reusePort === true,
      lookup,
      phase: 'unbound',
      bound: undefined,
      entry: NO_ENTRY,
      groups: new Set(),
      broadcast: false,
      loopback: true,
    };
    Object.defineProperty(this, 'state', { value: state, enumerable: false });
    if (typeof onMessage === 'function') this.on('message', onMessage as Callback);
    if (signal?.aborted === true) process.nextTick(() => this.closeQuietly());
    else signal?.addEventListener('abort', () => this.closeQuietly(), { once: true });
  }

  /** Binds; `bind([port], [address], [callback])` or `bind(options, [callback])`. */
  bind(...args: unknown[]): this {
    const { state } = this;
    this.mustNotBeClosed();
    if (state.phase !== 'unbound') throw nodeError('ERR_SOCKET_ALREADY_BOUND', 'Socket is already bound');
    const [first, second] = args;
    const options = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : undefined;
    if (options?.['fd'] !== undefined) throw socketError('EINVAL', 'bind');
    const port = options === undefined ? first : options['port'];
    const address = options === undefined ? second : options['address'];
    const wanted = typeof port === 'function' || port === undefined || port === null ? 0 : checkPort(port, 'Port');
    const onListening = args.at(-1);
    if (typeof onListening === 'function') {
      const forget = (): void => {
        this.off('error', forget);
        this.off('listening', listening);
      };
      const listening = (): void => {
        forget();
        Reflect.apply(onListening as Callback, this, []);
      };
      this.on('error', forget);
      this.on('listening', listening);
    }
    this.bindTo(typeof address === 'string' && address !== '' ? address : ANY_ADDRESS, wanted);
    return this;
  }

  private bindTo(host: string, wanted: number): void {
    const { state } = this;
    const { machine } = state;
    state.phase = 'binding';
    lookUp(machine, host, state.lookup, (error, address) => {
      if (state.phase !== 'binding') return;
      const failure = error ?? this.take(address!, wanted);
      if (failure === undefined) this.emit('listening');
      else {
        state.phase = 'unbound';
        this.emit('error', failure);
      }
    });
  }

  private take(address: string, wanted: number): Error | undefined {
    const { state } = this;
    const { udp } = state.machine;
    // Who binds to a group hears what is sent to it.
    const failed =
      this.type === 'udp6' ? 'EAFNOSUPPORT' : isMulticast(address) ? undefined : canBind(state.machine, address);
    if (failed !== undefined) return socketError(failed, 'bind', address, wanted);
    const port = wanted === 0 ? udp.freePort() : wanted;
    if (!udp.bind({ address, port }, this, state.shared)) return socketError('EADDRINUSE', 'bind', address, wanted);
    state.bound = { address, port };
    state.phase = 'bound';
    const { simulation, node } = state.machine;
    state.entry = simulation.ledger?.open('listener', node, undefined, 'socket.bind') ?? NO_ENTRY;
    return undefined;
  }

  /** Sends; `send(msg, [offset, length], [port], [address], [callback])`. */
  send(...args: unknown[]): void {
    this.mustNotBeClosed();
    const { bytes, destination, done } = sendArguments(args, this.remote !== undefined);
    this.whenBound(() => this.sendTo(bytes, destination, done), done);
  }

  private sendTo(bytes: Uint8Array, destination: Destination | undefined, done: SendDone | undefined): void {
    const { state } = this;
    if (destination === undefined) {
      this.deliver(bytes, this.remote!, done);
      return;
    }
    const { host, port } = destination;
    lookUp(state.machine, host ?? LOOPBACK, state.lookup, (error, address) => {
      if (state.phase === 'closed') return;
      if (error === null) this.deliver(bytes, { address: address!, port }, done);
      else if (done !== undefined) done(error);
      else this.emit('error', error);
    });
  }

  private deliver(bytes: Uint8Array, to: SocketAddress, done: SendDone | undefined): void {
    const { machine, bound, broadcast, loopback } = this.state;
    const failed =
      bytes.length > MOST_BYTES ? 'EMSGSIZE' : to.address === BROADCAST && !broadcast ? 'EACCES' : undefined;
    if (failed !== undefined) {
      const error = socketError(failed, 'send', to.address, to.port);
      if (done === undefined) process.nextTick(() => this.emit('error', error));
      else process.nextTick(done, error);
      return;
    }
    const { network } = machine;
    const isLocal = network.indexAt(machine, to.address) === -1;
    const address =
      bound!.address === ANY_ADDRESS || isMulticast(bound!.address) ? sourceOf(machine, to, isLocal) : bound!.address;
    const source = { address, port: bound!.port };
    if (isMulticast(to.address)) network.sendToGroup(machine, source, to, bytes, loopback);
    else if (to.address === BROADCAST) network.sendToGroup(machine, source, to, bytes, true);
    else network.sendDatagram(machine, source, to, bytes);
    if (done !== undefined) process.nextTick(done, null, bytes.length);
  }

  /** Does it once there is a port; takes one when nobody has asked for any. */
  private whenBound(action: () => void, failed?: SendDone): void {
    const { state } = this;
    if (state.phase === 'bound') {
      action();
      return;
    }
    if (state.phase === 'unbound') this.bindTo(ANY_ADDRESS, 0);
    const forget = (): void => {
      this.off('listening', listening);
      this.off('error', onError);
    };
    const listening = (): void => {
      forget();
      action();
    };
    const onError = (error: Error): void => {
      forget();
      failed?.(error);
    };
    this.on('listening', listening);
    if (failed !== undefined) this.on('error', onError);
  }

  connect(port: unknown, address?: unknown, done?: unknown): void {
    this.mustNotBeClosed();
    const wanted = checkPort(port, 'Port', false);
    const onConnect = [address, done].find((given) => typeof given === 'function') as SendDone | undefined;
    if (this.remote !== undefined) throw nodeError('ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected');
    const { state } = this;
    if (onConnect !== undefined) this.once('connect', onConnect as Callback);
    this.whenBound(() => {
      lookUp(state.machine, typeof address === 'string' ? address : LOOPBACK, state.lookup, (error, found) => {
        if (state.phase === 'closed') return;
        if (error !== null) {
          if (onConnect === undefined) this.emit('error', error);
          else {
            this.off('connect', onConnect as Callback);
            onConnect(error);
          }
          return;
        }
        this.remote = { address: found!, port: wanted };
        this.emit('connect');
      });
    });
  }

  disconnect(): void {
    if (this.remote === undefined) throw nodeError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'Not connected');
    this.remote = undefined;
  }

  remoteAddress(): SocketAddress & { family: string } {
    if (this.remote === undefined) throw nodeError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'Not connected');
    return { ...this.remote, family: 'IPv4' };
  }

  address(): SocketAddress & { family: string } {
    this.mustNotBeClosed();
    const { bound } = this.state;
    if (bound === undefined) throw socketError('EBADF', 'getsockname');
    return { address: bound.address, family: 'IPv4', port: bound.port };
  }

  close(onClose?: () => void): this {
    const { state } = this;
    if (typeof onClose === 'function') this.on('close', onClose);
    this.mustNotBeClosed();
    if (state.bound !== undefined) state.machine.udp.unbind(state.bound.port, this);
    state.phase = 'closed';
    state.bound = undefined;
    state.machine.simulation.ledger?.close(state.entry, 'closed');
    process.nextTick(() => this.emit('close'));
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      if (this.state.phase === 'closed') resolve();
      else this.close(() => resolve());
    });
  }

  addMembership(group: string, _interface?: string): void {
    this.mustNotBeClosed();
    if (!isMulticast(group)) throw socketError('EINVAL', 'addMembership');
    const { state } = this;
    if (state.groups.has(group)) throw socketError('EADDRINUSE', 'addMembership');
    if (state.phase === 'unbound') this.bindTo(ANY_ADDRESS, 0);
    state.groups.add(group);
  }

  dropMembership(group: string, _interface?: string): void {
    this.mustNotBeClosed();
    if (!this.state.groups.delete(group)) throw socketError('EADDRNOTAVAIL', 'dropMembership');
  }

  addSourceSpecificMembership(_source: string, group: string): void {
    this.addMembership(group);
  }

  dropSourceSpecificMembership(_source: string, group: string): void {
    this.dropMembership(group);
  }

  setBroadcast(on: boolean): void {
    this.mustNotBeClosed();
    this.state.broadcast = on;
  }

  setMulticastLoopback(on: boolean): boolean {
    this.mustNotBeClosed();
    this.state.loopback = on;
    return on;
  }

  setTTL(ttl: number): number {
    return ttl;
  }

  setMulticastTTL(ttl: number): number {
    return ttl;
  }

  setMulticastInterface(_interface: string): void {
    this.mustNotBeClosed();
  }

  setRecvBufferSize(): void {
    this.mustNotBeClosed();
  }

  setSendBufferSize(): void {
    this.mustNotBeClosed();
  }

  getRecvBufferSize(): number {
    return BUFFER_BYTES;
  }

  getSendBufferSize(): number {
    return BUFFER_BYTES;
  }

  getSendQueueSize(): number {
    return 0;
  }

  getSendQueueCount(): number {
    return 0;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  isMember(group: string): boolean {
    return this.state.groups.has(group);
  }

  onDatagram(bytes: Uint8Array, from: SocketAddress): void {
    if (this.state.phase !== 'bound') return;
    if (this.remote !== undefined && (this.remote.port !== from.port || this.remote.address !== from.address)) return;
    this.emit('message', bytesOf(bytes), {
      address: from.address,
      family: 'IPv4',
      port: from.port,
      size: bytes.length,
    });
  }

  private mustNotBeClosed(): void {
    if (this.state.phase === 'closed') throw nodeError('ERR_SOCKET_DGRAM_NOT_RUNNING', 'Not running');
  }

  private closeQuietly(): void {
    if (this.state.phase !== 'closed') this.close();
  }
}

function sourceOf(machine: Machine, to: SocketAddress, isLocal: boolean): string {
  return isLocal && to.address !== machine.address ? LOOPBACK : machine.address;
}
