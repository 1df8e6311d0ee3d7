// A libp2p connection between two hosted nodes: streams, negotiated and multiplexed over one channel.
// Invariant: a stream that newStream gives out is open at that moment, and newStream settles whatever becomes of the
// peer; when the connection is over, so is every stream of it, before anyone is told of the connection.
import { opaque } from '../../sim/census/opaque.ts';
import type { Channel, ChannelEnd, ChannelUser } from '../channels/channel.ts';
import type { Libp2pPeerId } from './library.ts';
import { silentLogger } from './logger.ts';
import type { MuxedStream, StreamWire } from './muxed-stream.ts';
import type { StreamKind } from './stream-kind.ts';
import type { Registrar } from './registrar.ts';

/** How long libp2p waits for the other side to agree on a protocol, in milliseconds. */
const NEGOTIATION_MS = 10_000;
/** Wire size of what is not data: a header of yamux, and a name of a protocol where there is one. */
const CONTROL_BYTES = 12;
const NEGOTIATION_BYTES = 60;

type StreamFrame = {
  /** Odd for streams that the dialler of the connection opened. */
  readonly stream: number;
} & (
  | { readonly kind: 'open'; readonly protocols: readonly string[] }
  | { readonly kind: 'agree'; readonly protocol: string }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'disagree' | 'close-write' | 'reset' }
);

/** What a connection needs of its node. */
export interface ConnectionOwner {
  readonly registrar: Registrar;
  readonly streams: StreamKind;
  /** The connection is over; its streams are already. */
  connectionOver(connection: Connection): void;
}

/** Who is at the other end. */
export interface Remote {
  readonly peerId: Libp2pPeerId;
  readonly address: unknown;
  readonly protocols: readonly string[];
}

interface Pending {
  readonly agreed: (protocol: string) => void;
  readonly failed: (error: Error) => void;
}

/** See the file's head. */
export class Connection implements ChannelUser {
  readonly id: string;
  readonly remotePeer: Libp2pPeerId;
  readonly remoteAddr: unknown;
  readonly direction: 'inbound' | 'outbound';
  readonly multiplexer = '/quicksoak/channel';
  readonly encryption = '/quicksoak/channel';
  readonly limits = undefined;
  readonly tags: string[] = [];
  readonly log = silentLogger;
  readonly timeline: { open: number; close?: number } = { open: Date.now() };
  /** What the other side speaks. */
  readonly remoteProtocols: readonly string[];
  status: 'open' | 'closing' | 'closed' = 'open';
  private readonly owner: ConnectionOwner;
  private readonly channel: Channel;
  private readonly byId = new Map<number, MuxedStream>();
  private readonly pending = new Map<number, Pending>();
  private nextStream: number;

  constructor(owner: ConnectionOwner, channel: Channel, remote: Remote) {
    this.owner = owner;
    this.channel = channel;
    this.id = `${channel.peer}${channel.outbound ? '>' : '<'}${channel.id}`;
    this.remotePeer = remote.peerId;
    this.remoteAddr = remote.address;
    this.remoteProtocols = remote.protocols;
    this.direction = channel.outbound ? 'outbound' : 'inbound';
    this.nextStream = channel.outbound ? 1 : 2;
  }

  get [opaque](): boolean {
    return true;
  }

  get streams(): MuxedStream[] {
    return [...this.byId.values()];
  }

  /**
   * Opens a stream for the first of the protocols that the other side speaks.
   *
   * Rejects when it speaks none, when the connection ends first or has ended, when `options.signal` is aborted, and
   * after ten seconds.
   */
  newStream(protocols: string | readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    if (this.status !== 'open')
      return Promise.reject(failure('ConnectionClosedError', `the connection is ${this.status}`));
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(failure('AbortError', 'The operation was aborted'));
    const stream = this.nextStream;
    this.nextStream += 2;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.pending.delete(stream);
        clearTimeout(patience);
        signal?.removeEventListener('abort', abort);
      };
      const giveUp = (error: Error): void => {
        settle();
        this.send({ kind: 'reset', stream });
        reject(error);
      };
      const abort = (): void => giveUp(failure('AbortError', 'The operation was aborted'));
      const patience = setTimeout(
        () => giveUp(failure('TimeoutError', 'protocol selection timed out')),
        NEGOTIATION_MS,
      );
      signal?.addEventListener('abort', abort, { once: true });
      this.pending.set(stream, {
        agreed: (protocol) => {
          settle();
          resolve(this.keep(stream, protocol, 'outbound'));
        },
        failed: (error) => {
          settle();
          reject(error);
        },
      });
      this.send({ kind: 'open', stream, protocols: typeof protocols === 'string' ? [protocols] : [...protocols] });
    });
  }

  /** Opens a stream and resets it without waiting, as a client does whose caller gave up. */
  flap(protocols: readonly string[]): void {
    const stream = this.nextStream;
    this.nextStream += 2;
    this.send({ kind: 'open', stream, protocols });
    this.send({ kind: 'reset', stream });
  }

  /** Ends it in order: its streams first. */
  async close(): Promise<void> {
    if (this.status !== 'open') return;
    this.status = 'closing';
    await Promise.allSettled(this.streams.map((stream) => stream.close()));
    this.finish('closed', undefined);
  }

  /** Ends it at once. */
  abort(error: Error): void {
    this.finish('reset', error);
  }

  /** For the channel layer. */
  onMessage(message: unknown): void {
    const frame = message as StreamFrame;
    const { stream } = frame;
    if (frame.kind === 'open') return this.takeStream(stream, frame.protocols);
    if (frame.kind === 'agree' || frame.kind === 'disagree') {
      const pending = this.pending.get(stream);
      if (pending === undefined) return;
      if (frame.kind === 'agree') pending.agreed(frame.protocol);
      else pending.failed(failure('UnsupportedProtocolError', 'Protocol selection failed'));
      return;
    }
    const known = this.byId.get(stream);
    if (frame.kind === 'data') known?.receive(frame.bytes);
    else if (frame.kind === 'close-write') known?.remoteClosedWrite();
    else if (known !== undefined) {
      this.byId.delete(stream);
      known.remoteReset();
    } else this.pending.get(stream)?.failed(failure('StreamResetError', 'stream reset'));
  }

  /** For the channel layer. */
  onEnd(end: ChannelEnd): void {
    this.over(end === 'closed' ? undefined : failure('ConnectionClosedError', `the connection was ${end}`));
  }

  private takeStream(stream: number, protocols: readonly string[]): void {
    const { registrar, streams } = this.owner;
    const selected = this.status === 'open' ? registrar.select(protocols) : undefined;
    if (selected === undefined) {
      this.send({ kind: 'disagree', stream });
      return;
    }
    this.send({ kind: 'agree', stream, protocol: selected.protocol });
    const made = this.keep(stream, selected.protocol, 'inbound');
    Promise.resolve(streams.hand(selected.handler, made, this)).catch((error: unknown) => made.abort(error as Error));
  }

  private keep(stream: number, protocol: string, direction: 'inbound' | 'outbound'): MuxedStream {
    const wire: StreamWire = {
      data: (bytes) => this.send({ kind: 'data', stream, bytes }, bytes.byteLength),
      closeWrite: () => this.send({ kind: 'close-write', stream }),
      reset: () => {
        // Nothing is said of a stream that the other side has reset, or that went with its connection.
        if (this.byId.has(stream)) this.send({ kind: 'reset', stream });
      },
      over: () => this.byId.delete(stream),
    };
    const made = this.owner.streams.make({ id: `${this.id}/${stream}`, protocol, direction, wire });
    this.byId.set(stream, made);
    return made;
  }

  private send(
    frame: StreamFrame,
    bytes = frame.kind === 'open' || frame.kind === 'agree' ? NEGOTIATION_BYTES : 0,
  ): void {
    this.channel.send(frame, CONTROL_BYTES + bytes);
  }

  private finish(how: 'closed' | 'reset', error: Error | undefined): void {
    if (this.status === 'closed') return;
    this.channel.close(how);
    this.over(error);
  }

  private over(error: Error | undefined): void {
    if (this.status === 'closed') return;
    this.status = 'closed';
    this.timeline.close = Date.now();
    const { streams } = this;
    this.byId.clear();
    for (const stream of streams) stream.connectionClosed(error);
    const asked = Array.from(this.pending.values());
    for (const { failed } of asked) {
      failed(error ?? failure('ConnectionClosedError', 'the connection was closed'));
    }
    this.owner.connectionOver(this);
  }
}

function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
