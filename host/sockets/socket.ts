// `net.Socket` on a virtual connection: a Duplex with the events, the members and the errors that Node documents.
// Invariant: it acts for the node whose event made it, and whatever it tells its user it tells within an event of that.
import { isIP } from 'node:net';
import process from 'node:process';
import { Duplex } from 'node:stream';
import type { DuplexOptions } from 'node:stream';
import { opaque } from '../../sim/census/opaque.ts';
import { virtualTimers } from '../virtual-timers.ts';
import { ANY_ADDRESS, isLoopback, LOOPBACK } from './addresses.ts';
import type { SocketAddress } from './addresses.ts';
import { Endpoint } from './endpoint.ts';
import type { EndpointUser } from './endpoint.ts';
import { connectArguments } from './arguments.ts';
import type { ConnectOptions } from './arguments.ts';
import { lookUp } from './names.ts';
import { nodeError, socketError } from './socket-error.ts';
import type { SocketErrorCode } from './socket-error.ts';
import type { Machine } from './machine.ts';

/** What `new net.Socket()` takes. */
export interface SocketOptions extends Pick<
  DuplexOptions,
  'readableHighWaterMark' | 'writableHighWaterMark' | 'signal'
> {
  readonly allowHalfOpen?: boolean;
  readonly highWaterMark?: number;
  /** Take what arrives in a buffer of one's own, as Node documents. */
  readonly onread?: OnRead;
  /** A connection that a server was given. */
  readonly endpoint?: Endpoint;
}

interface OnRead {
  readonly buffer: Uint8Array | (() => Uint8Array);
  readonly callback: (length: number, buffer: Uint8Array) => boolean;
}

type Done = (error?: Error | null) => void;

/** A socket of a hosted node. */
export class VirtualSocket extends Duplex implements EndpointUser {
  /** True from `connect` until the connection is open, or has failed. */
  declare connecting: boolean;
  /** Milliseconds without traffic after which it says so; undefined when it does not. */
  declare timeout: number | undefined;
  declare server: unknown;
  /** Shown to a census, as Node's own sockets have it: whom it talks to. */
  declare _peername: { address: string; family: 'IPv4'; port: number } | undefined;
  declare _sockname: { address: string; family: 'IPv4'; port: number } | undefined;
  declare autoSelectFamilyAttemptedAddresses: string[] | undefined;
  /** Its place in the network; hidden from a census. */
  declare private state: SocketState;

  constructor(machine: Machine, options: SocketOptions = {}) {
    super(duplexOptions(options));
    this.begin(machine, options);
  }

  /** What the constructor does after that of Duplex; apart for classes that inherit in the old way. */
  begin(machine: Machine, { endpoint, onread }: SocketOptions): void {
    this.connecting = false;
    this.timeout = undefined;
    this.server = null;
    this._peername = undefined;
    this._sockname = undefined;
    this.autoSelectFamilyAttemptedAddresses = undefined;
    const state: SocketState = {
      [opaque]: true,
      machine,
      endpoint,
      timer: undefined,
      owedBytes: 0,
      reset: false,
      bytesRead: 0,
      bytesWritten: 0,
    };
    Object.defineProperty(this, 'state', { value: state, enumerable: false });
    this.on('end', () => {
      // The other side has gone, and this one goes with it: what is written now has nowhere to go.
      if (!this.allowHalfOpen) this.write = writeAfterEnd;
    });
    if (onread !== undefined) this.on('data', (bytes: Uint8Array) => this.pour(bytes, onread));
    if (endpoint === undefined) return;
    endpoint.user = this;
    this.named(endpoint);
  }

  /** Connects; see `net.Socket.connect`. */
  connect(...args: unknown[]): this {
    const [options, onConnect] = connectArguments(args);
    if (onConnect !== undefined) this.once('connect', onConnect);
    if (this.connecting || this.state.endpoint !== undefined) {
      process.nextTick(() => this.destroy(socketError('EINVAL', 'connect', options.host, options.port)));
      return this;
    }
    this.connecting = true;
    this.touch();
    const { machine } = this.state;
    lookUp(machine, options.host, options.lookup, (error, address) => {
      if (!this.connecting || this.destroyed) return;
      if (isIP(options.host) === 0) this.emit('lookup', error, address, error === null ? 4 : undefined, options.host);
      if (error === null) this.dial(options, address!);
      else {
        process.nextTick(() => this.destroy(error));
      }
    });
    return this;
  }

  private dial(options: ConnectOptions, address: string): void {
    const { machine } = this.state;
    const { port } = options;
    const farIndex = machine.network.indexAt(machine, address === ANY_ADDRESS ? LOOPBACK : address);
    if (farIndex === undefined) {
      process.nextTick(() => this.destroy(socketError('ENETUNREACH', 'connect', address, port)));
      return;
    }
    const local = {
      address: isLoopback(address) ? LOOPBACK : machine.address,
      port: options.localPort ?? machine.tcp.freePort(),
    };
    const remote = { address: address === ANY_ADDRESS ? LOOPBACK : address, port };
    this.autoSelectFamilyAttemptedAddresses = [`${address}:${port}`];
    this.emit('connectionAttempt', address, port, 4);
    const endpoint = new Endpoint(machine, local, remote, farIndex, 'dialling');
    endpoint.user = this;
    this.state.endpoint = endpoint;
    endpoint.dial();
  }

  // What the endpoint tells.

  get hasUnread(): boolean {
    return this.readableLength > 0;
  }

  onOpen(): void {
    this.connecting = false;
    this.named(this.state.endpoint!);
    this.touch();
    this.emit('connect');
    this.emit('ready');
    if (!this.isPaused()) this.read(0);
  }

  onBytes(bytes: Uint8Array): void {
    this.touch();
    this.state.owedBytes += bytes.length;
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  onEnd(): void {
    this.push(null);
    this.read(0);
  }

  onLost(code: SocketErrorCode, syscall: string): void {
    this.keepFigures();
    if (!this.connecting) {
      this.destroy(socketError(code, syscall));
      return;
    }
    const { address, port } = this.state.endpoint!.remote;
    const error = socketError(code, syscall, address, port);
    this.emit('connectionAttemptFailed', address, port, 4, error);
    this.destroy(error);
  }

  // What the stream asks.

  override _read(): void {
    const { state } = this;
    const owed = state.owedBytes;
    state.owedBytes = 0;
    if (owed > 0) state.endpoint?.consumed(owed);
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.send(chunk, done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this.send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  private send(bytes: Uint8Array, done: Done): void {
    const { endpoint } = this.state;
    if (this.connecting) {
      this.whenConnected(() => this.send(bytes, done), done);
      return;
    }
    if (endpoint === undefined || endpoint.state === 'closed') {
      done(socketError('EPIPE', 'write'));
      return;
    }
    this.touch();
    endpoint.write(bytes, done);
  }

  override _final(done: Done): void {
    if (this.connecting) {
      this.whenConnected(() => this._final(done), done);
      return;
    }
    this.state.endpoint?.finish();
    // Like a kernel, which says so later: who destroys it meanwhile never hears of it.
    virtualTimers.setImmediate(() => done());
  }

  private whenConnected(action: () => void, failed: Done): void {
    const onClose = (): void =>
      failed(nodeError('ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established'));
    this.once('connect', () => {
      this.off('close', onClose);
      action();
    });
    this.once('close', onClose);
  }

  override _destroy(error: Error | null, done: Done): void {
    const { state } = this;
    if (this.connecting && state.endpoint === undefined) this.emit('connectionAttemptCancelled');
    this.connecting = false;
    virtualTimers.clearTimeout(state.timer);
    state.timer = undefined;
    this.keepFigures();
    state.endpoint?.close(state.reset || this.readableLength > 0);
    done(error);
    const closed = (): boolean => this.emit('close', error !== null);
    if (state.endpoint === undefined) process.nextTick(closed);
    else virtualTimers.setImmediate(closed);
  }

  // The rest of what Node documents.

  /** Ends it once all is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Resets the connection. */
  resetAndDestroy(): this {
    const { endpoint } = this.state;
    if (this.connecting) this.once('connect', () => this.resetAndDestroy());
    else if (endpoint === undefined) this.destroy(nodeError('ERR_SOCKET_CLOSED', 'Socket is closed'));
    else {
      this.state.reset = true;
      this.destroy();
    }
    return this;
  }

  setTimeout(timeoutMs: number, onTimeout?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = timeoutMs;
    if (timeoutMs === 0) {
      if (onTimeout !== undefined) this.off('timeout', onTimeout);
    } else if (onTimeout !== undefined) this.once('timeout', onTimeout);
    this.touch();
    return this;
  }

  /** Something passed: begins the timeout anew. */
  private touch(): void {
    const { state, timeout } = this;
    virtualTimers.clearTimeout(state.timer);
    state.timer = undefined;
    if (timeout === undefined || timeout === 0) return;
    state.timer = virtualTimers.setTimeout(() => this.emit('timeout'), timeout);
  }

  /** See `touch`; Node's http calls it by this name. */
  _unrefTimer(): void {
    this.touch();
  }

  setNoDelay(): this {
    return this;
  }

  /** Keep-alive is off, and stays off: a connection that is silent is never tried. */
  setKeepAlive(): this {
    return this;
  }

  setTypeOfService(): this {
    return this;
  }

  getTypeOfService(): number {
    return 0;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  address(): SocketAddress | Record<string, never> {
    return this._sockname ?? {};
  }

  get pending(): boolean {
    return this.state.endpoint === undefined || this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bufferSize(): number | undefined {
    return this.state.endpoint === undefined ? undefined : this.writableLength;
  }

  get bytesRead(): number {
    return this.state.endpoint?.bytesRead ?? this.state.bytesRead;
  }

  get bytesWritten(): number {
    return (this.state.endpoint?.bytesWritten ?? this.state.bytesWritten) + this.writableLength;
  }

  get remoteAddress(): string | undefined {
    return this._peername?.address;
  }

  get remoteFamily(): string | undefined {
    return this._peername?.family;
  }

  get remotePort(): number | undefined {
    return this._peername?.port;
  }

  get localAddress(): string | undefined {
    return this._sockname?.address;
  }

  get localFamily(): string | undefined {
    return this._sockname?.family;
  }

  get localPort(): number | undefined {
    return this._sockname?.port;
  }

  private pour(bytes: Uint8Array, { buffer, callback }: OnRead): void {
    for (let rest = bytes; rest.length > 0;) {
      const into = typeof buffer === 'function' ? buffer() : buffer;
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      if (callback(count, into) === false) this.pause();
    }
  }

  private named({ local, remote }: Endpoint): void {
    this._sockname = { address: local.address, family: 'IPv4', port: local.port };
    this._peername = { address: remote.address, family: 'IPv4', port: remote.port };
  }

  private keepFigures(): void {
    this.state.bytesRead = this.bytesRead;
    this.state.bytesWritten = this.state.endpoint?.bytesWritten ?? 0;
  }
}

interface SocketState {
  readonly [opaque]: true;
  readonly machine: Machine;
  endpoint: Endpoint | undefined;
  timer: unknown;
  /** Bytes that arrived, and of which the other side has not been told that they were taken. */
  owedBytes: number;
  /** Reset rather than end. */
  reset: boolean;
  bytesRead: number;
  bytesWritten: number;
}

/** What Node's socket gives its Duplex. */
export function duplexOptions({ endpoint: _endpoint, onread: _onread, ...options }: SocketOptions): DuplexOptions {
  return { ...options, allowHalfOpen: options.allowHalfOpen === true, emitClose: false, autoDestroy: true };
}

// oxlint-disable-next-line typescript/unbound-method -- it is called with its receiver
const writeAsEver = Duplex.prototype.write;

function writeAfterEnd(this: VirtualSocket, chunk: unknown, encoding?: unknown, onWritten?: unknown): boolean {
  if (!this.writableEnded) return writeAsEver.call(this, chunk, encoding as BufferEncoding, onWritten as Done);
  const done = typeof encoding === 'function' ? encoding : onWritten;
  const error: NodeJS.ErrnoException = new Error('This socket has been ended by the other party');
  error.code = 'EPIPE';
  if (typeof done === 'function') process.nextTick(done, error);
  this.destroy(error);
  return false;
}
