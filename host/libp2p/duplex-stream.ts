// Streams of the duplex dialect: libp2p until version 2, gossipsub 14 and earlier.
// Invariant: a stream is over once both of its ends are; from then on it neither sends nor yields.
import { opaque } from '../../sim/census/opaque.ts';
import { silentLogger } from './logger.ts';
import type { MuxedStream, StreamInit, StreamWire } from './muxed-stream.ts';

/** Bytes, or a list of byte arrays as `uint8arraylist` has it. */
type Bytes = Uint8Array | { slice(): Uint8Array };

type Source = Iterable<Bytes> | AsyncIterable<Bytes>;

/** A stream with a `source` to read from and a `sink` to write by. */
export class DuplexStream implements MuxedStream {
  readonly id: string;
  readonly protocol: string;
  readonly direction: 'inbound' | 'outbound';
  readonly metadata: Record<string, unknown> = {};
  readonly log = silentLogger;
  readonly timeline: { open: number; close?: number } = { open: Date.now() };
  /** What it receives; ends when the other side closes it, throws when it is reset. */
  readonly source: AsyncGenerator<Uint8Array, void, unknown>;
  status: 'open' | 'closing' | 'closed' | 'aborted' | 'reset' = 'open';
  readStatus: 'ready' | 'closed' = 'ready';
  writeStatus: 'ready' | 'writing' | 'closed' = 'ready';
  private readonly wire: StreamWire;
  private readonly received: Uint8Array[] = [];
  private readError: Error | undefined = undefined;
  private wakeReader: (() => void) | undefined = undefined;
  private stopSink: (() => void) | undefined = undefined;

  constructor({ id, protocol, direction, wire }: StreamInit) {
    this.id = id;
    this.protocol = protocol;
    this.direction = direction;
    this.wire = wire;
    this.source = this.read();
    // Whoever is given a stream may wrap or pass its sink alone.
    this.sink = this.sink.bind(this);
  }

  get [opaque](): boolean {
    return true;
  }

  /** Writes what a source yields, and closes the writable end with it. */
  async sink(source: Source): Promise<void> {
    if (this.writeStatus !== 'ready') throw new Error(`writable end state is "${this.writeStatus}" not "ready"`);
    this.writeStatus = 'writing';
    try {
      await this.writeAll(source);
    } catch (error) {
      this.abort(error as Error);
      throw error;
    }
    if (this.isWriting) this.endWrite(true);
  }

  async close(): Promise<void> {
    if (this.status !== 'open') return;
    this.status = 'closing';
    // What was pushed in this turn is still written.
    await Promise.resolve();
    await Promise.all([this.closeWrite(), this.closeRead()]);
  }

  closeRead(): Promise<void> {
    this.endRead(undefined);
    return Promise.resolve();
  }

  closeWrite(): Promise<void> {
    this.endWrite(true);
    return Promise.resolve();
  }

  abort(error: Error): void {
    if (this.isOver) return;
    this.status = 'aborted';
    this.wire.reset();
    this.endBoth(error);
  }

  receive(bytes: Uint8Array): void {
    if (this.readStatus === 'closed') return;
    this.received.push(bytes);
    this.wakeReader?.();
  }

  remoteClosedWrite(): void {
    this.endRead(undefined);
  }

  remoteReset(): void {
    if (this.isOver) return;
    this.status = 'reset';
    const error = Object.assign(new Error('stream reset'), { name: 'StreamResetError', code: 'ERR_STREAM_RESET' });
    this.endBoth(error);
  }

  connectionClosed(error: Error | undefined): void {
    if (this.isOver) return;
    if (error !== undefined) this.status = 'aborted';
    this.endBoth(error);
  }

  private get isOver(): boolean {
    return this.status === 'closed' || this.status === 'aborted' || this.status === 'reset';
  }

  private get isWriting(): boolean {
    return this.writeStatus === 'writing';
  }

  private endBoth(error: Error | undefined): void {
    this.endWrite(false);
    this.endRead(error);
  }

  private endRead(error: Error | undefined): void {
    if (this.readStatus === 'closed') return;
    this.readStatus = 'closed';
    this.readError = error;
    this.wakeReader?.();
    this.settle();
  }

  private endWrite(announce: boolean): void {
    if (this.writeStatus === 'closed') return;
    this.writeStatus = 'closed';
    if (announce) this.wire.closeWrite();
    this.stopSink?.();
    this.settle();
  }

  private settle(): void {
    if (this.readStatus !== 'closed' || this.writeStatus !== 'closed') return;
    if (!this.isOver) this.status = 'closed';
    this.timeline.close = Date.now();
    this.wire.over();
  }

  private async *read(): AsyncGenerator<Uint8Array, void, unknown> {
    for (;;) {
      const bytes = this.received.shift();
      if (bytes !== undefined) yield bytes;
      else if (this.readError !== undefined) throw this.readError;
      else if (this.readStatus === 'closed') return;
      else {
        await new Promise<void>((resolve) => {
          this.wakeReader = resolve;
        });
      }
    }
  }

  private async writeAll(source: Source): Promise<void> {
    const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    // Not raced against one promise for the life of the stream, which would keep a reaction for every chunk.
    const next = (): Promise<IteratorResult<Bytes> | undefined> =>
      new Promise((resolve, reject) => {
        this.stopSink = () => resolve(undefined);
        Promise.resolve(iterator.next()).then(resolve, reject);
      });
    while (this.isWriting) {
      const chunk = await next();
      if (chunk === undefined || !this.isWriting) break;
      if (chunk.done === true) return;
      this.wire.data(copied(chunk.value));
    }
    // Its end is not waited for: a generator that awaits something never comes to it.
    void Promise.resolve(iterator.return?.()).catch(() => {
      // The stream is over, and so is whatever its source had to say.
    });
  }
}

/** A Buffer's own `slice` is no copy. */
function copied(bytes: Bytes): Uint8Array {
  return bytes instanceof Uint8Array ? new Uint8Array(bytes) : bytes.slice();
}
