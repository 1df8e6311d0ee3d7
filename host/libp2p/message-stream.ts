// Streams of the message dialect: libp2p 3, gossipsub 15 and later.
// Invariant: each extends the AbstractStream that its gossipsub imports, so that states and events are the package's own.
import { opaque } from '../../sim/census/opaque.ts';
import { silentLogger } from './logger.ts';
import type { MuxedStream, StreamInit, StreamWire } from './muxed-stream.ts';

/** The members of libp2p's AbstractStream that are used here. */
interface AbstractStream {
  readonly id: string;
  readonly protocol: string;
  onData(bytes: Uint8Array): void;
  onRemoteCloseWrite(): void;
  onRemoteReset(): void;
  onTransportClosed(error?: Error): void;
  close(): Promise<void>;
  abort(error: Error): void;
  addEventListener(type: 'close', listener: () => void): void;
}

/** Constructor of libp2p's AbstractStream. */
export type AbstractStreamClass = new (init: {
  readonly id: string;
  readonly protocol: string;
  readonly direction: string;
  readonly log: unknown;
}) => AbstractStream;

/** A list of byte arrays, as `uint8arraylist` has it. */
interface ByteList {
  readonly byteLength: number;
  slice(): Uint8Array;
}

/** The class of streams over libp2p's own. */
export function messageStreamClass(Base: AbstractStreamClass): new (init: StreamInit) => MuxedStream {
  return class MessageStream extends Base implements MuxedStream {
    private readonly wire: StreamWire;

    constructor({ id, protocol, direction, wire }: StreamInit) {
      super({ id, protocol, direction, log: silentLogger });
      this.wire = wire;
      this.addEventListener('close', () => wire.over());
    }

    get [opaque](): boolean {
      return true;
    }

    receive(bytes: Uint8Array): void {
      this.onData(bytes);
    }

    remoteClosedWrite(): void {
      this.onRemoteCloseWrite();
    }

    remoteReset(): void {
      this.onRemoteReset();
    }

    /** Like libp2p's muxers, which end their streams without an error, whatever their connection died of. */
    connectionClosed(): void {
      this.onTransportClosed();
    }

    /** Called by the base class; links take whatever they are given. */
    sendData(data: ByteList): { sentBytes: number; canSendMore: boolean } {
      const sentBytes = data.byteLength;
      this.wire.data(data.slice());
      return { sentBytes, canSendMore: true };
    }

    sendReset(): void {
      this.wire.reset();
    }

    sendCloseWrite(): Promise<void> {
      this.wire.closeWrite();
      return Promise.resolve();
    }

    // As in yamux, there are no messages for these.
    sendCloseRead(): Promise<void> {
      return Promise.resolve();
    }

    sendPause(): void {
      // See above.
    }

    sendResume(): void {
      // See above.
    }
  };
}
