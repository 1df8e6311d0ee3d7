// What a connection needs of a stream, in either dialect, and what a stream needs of its connection.
// Invariant: a stream is over for its connection once, and nothing is sent or taken for it afterwards.

/** What a stream sends, each as a frame of its connection. */
export interface StreamWire {
  /** Sends bytes that are the stream's own copy: the receiver must not see what the sender does to its bytes later. */
  data(bytes: Uint8Array): void;
  /** This side writes no more. */
  closeWrite(): void;
  reset(): void;
  /** The stream is over on this side. */
  over(): void;
}

/** What a stream is made of. */
export interface StreamInit {
  readonly id: string;
  readonly protocol: string;
  readonly direction: 'inbound' | 'outbound';
  readonly wire: StreamWire;
}

/** A stream as its connection sees it. */
export interface MuxedStream {
  readonly id: string;
  readonly protocol: string;
  /** Bytes came. */
  receive(bytes: Uint8Array): void;
  /** The other side writes no more. */
  remoteClosedWrite(): void;
  /** The other side ended it without order. */
  remoteReset(): void;
  /** The connection is gone; `error` when it did not end in order. */
  connectionClosed(error: Error | undefined): void;
  close(): Promise<void>;
  abort(error: Error): void;
}
