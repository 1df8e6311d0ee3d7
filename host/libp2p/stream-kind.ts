// The two dialects of libp2p's streams: how one is made, and how it is handed to who takes it.
// Invariant: nothing else in the adapter depends on the dialect.
import { DuplexStream } from './duplex-stream.ts';
import type { Library } from './library.ts';
import { messageStreamClass } from './message-stream.ts';
import type { MuxedStream, StreamInit } from './muxed-stream.ts';
import type { StreamHandler } from './registrar.ts';

/** One dialect. */
export interface StreamKind {
  make(init: StreamInit): MuxedStream;
  /** Calls a handler of inbound streams. */
  hand(handler: StreamHandler, stream: MuxedStream, connection: unknown): unknown;
}

/** The dialect that a release speaks. */
export function streamKindOf({ AbstractStream }: Library): StreamKind {
  if (AbstractStream === undefined) {
    return {
      make: (init) => new DuplexStream(init),
      hand: (handler, stream, connection) => handler({ stream, connection }),
    };
  }
  const MessageStream = messageStreamClass(AbstractStream);
  return {
    make: (init) => new MessageStream(init),
    hand: (handler, stream, connection) => handler(stream, connection),
  };
}
