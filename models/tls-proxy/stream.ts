// The TLS stream over a socket, polled as tokio-rustls polls a rustls session.
// Invariant: a poll gives a value, or has left a waker with the socket, or (the defect's doing) has woken itself.
import { Future, PENDING } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { IDLE_POLL, PROXY_FRAMES, TLS_PROXY_COSTS } from './contract.ts';
import type { ProxyFrame, TlsRecord } from './contract.ts';
import type { Socket } from './socket.ts';

/** What a read comes to. */
export type TlsRead =
  | { readonly kind: 'record'; readonly record: TlsRecord }
  /** The other side said close_notify, and everything before it was read. */
  | { readonly kind: 'closed' }
  /** The other side ended without one. */
  | { readonly kind: 'eof' }
  /** The network or the other side brought the connection to its end. */
  | { readonly kind: 'gone' };

/** A session: what was received, split into records. */
class TlsSession {
  /** Records that were processed and not read. */
  readonly plaintext: TlsRecord[] = [];
  /** Records that were received and not processed. */
  readonly deframer: TlsRecord[] = [];
  closeNotifyReceived = false;
  eofReceived = false;
  private readonly keepsTrailer: boolean;

  constructor(keepsTrailer: boolean) {
    this.keepsTrailer = keepsTrailer;
  }

  /** After a close_notify nothing more is asked of the socket. */
  get wantsRead(): boolean {
    return this.plaintext.length === 0 && !this.closeNotifyReceived;
  }

  /** Processes what was received, up to a close_notify; returns how many records. */
  process(records: readonly TlsRecord[]): number {
    this.deframer.push(...records);
    let processed = 0;
    while (this.deframer.length > 0 && !this.closeNotifyReceived) {
      const record = this.deframer.shift()!;
      processed++;
      if (record.kind === 'close-notify') this.closeNotifyReceived = true;
      else this.plaintext.push(record);
    }
    // What follows a close_notify is to be ignored (RFC 8446, 6.1).
    if (this.closeNotifyReceived && !this.keepsTrailer) this.deframer.length = 0;
    return processed;
  }

  /** A record, or how the stream ended; PENDING is rustls's "would block". */
  read(): TlsRead | Pending {
    const record = this.plaintext.shift();
    if (record !== undefined) return { kind: 'record', record };
    // A close counts as clean only when nothing is left to process.
    if (this.closeNotifyReceived && this.deframer.length === 0) return { kind: 'closed' };
    return this.eofReceived ? { kind: 'eof' } : PENDING;
  }
}

/** A TLS stream; its owner closes it in `finally`. */
export class TlsStream {
  readonly socket: Socket;
  private readonly node: TaskNode;
  private readonly session: TlsSession;
  private sentCloseNotify = false;
  /** When a poll last ended by waking itself, in microseconds; undefined when the last one did not. */
  private wokeItselfAtUs: number | undefined = undefined;

  /** @param keepsTrailer - The defect `tls-close-notify-trailer`. */
  constructor(node: TaskNode, socket: Socket, keepsTrailer: boolean) {
    this.node = node;
    this.socket = socket;
    this.session = new TlsSession(keepsTrailer);
  }

  /** The next record, or the stream's end, or the socket's. */
  *next(): TaskBody<TlsRead> {
    const { socket } = this;
    const first = yield* select('biased', { gone: socket.ended(), read: new Read(this) });
    return first.arm === 'gone' ? { kind: 'gone' } : first.value;
  }

  /** Sends records in one flight. */
  write(records: readonly TlsRecord[]): void {
    this.charge(PROXY_FRAMES.writeEnter);
    this.charge(PROXY_FRAMES.writeRecord, records.length);
    this.charge(PROXY_FRAMES.writeIo);
    this.sentCloseNotify ||= records.some(({ kind }) => kind === 'close-notify');
    this.socket.send('segment', records);
    this.charge(PROXY_FRAMES.writeExit);
    this.charge(PROXY_FRAMES.writeTryClose);
  }

  /** Says close_notify unless it was said, and closes the socket. */
  close(closeNotify: TlsRecord): void {
    if (this.socket.isOver) return;
    if (this.socket.isEstablished && !this.sentCloseNotify) this.write([closeNotify]);
    this.socket.close();
  }

  /** tokio-rustls's `poll_read`. */
  poll(waker: Waker): TlsRead | Pending {
    const { session } = this;
    this.chargeSpin();
    this.charge(PROXY_FRAMES.readEnter);
    let ioPending = false;
    while (!ioPending && !session.eofReceived && session.wantsRead) ioPending = !this.readIo(waker);
    this.charge(PROXY_FRAMES.reader);
    const read = session.read();
    // It read nothing and nothing is known to come: the session must have more to say, so it is polled again.
    if (read === PENDING && !ioPending) {
      this.wokeItselfAtUs = this.node.simulation.nowUs;
      this.charge(PROXY_FRAMES.wake);
      waker.wake();
    }
    this.charge(PROXY_FRAMES.readExit);
    this.charge(PROXY_FRAMES.readTryClose);
    return read;
  }

  /** Reads once from the socket; false when there is nothing to read now. */
  private readIo(waker: Waker): boolean {
    const { session, socket } = this;
    this.charge(PROXY_FRAMES.readIo);
    const segment = socket.read(waker);
    if (segment === PENDING) return false;
    if (segment === 'fin') session.eofReceived = true;
    else {
      this.charge(PROXY_FRAMES.process, session.process(segment));
      for (const { bytes } of session.deframer) socket.holdBytes(bytes);
    }
    return true;
  }

  /** A poll that wakes itself is polled again at once: all the time since was spent so, though the executor held it back. */
  private chargeSpin(): void {
    const sinceUs = this.wokeItselfAtUs;
    this.wokeItselfAtUs = undefined;
    const table = this.node.simulation.costs?.table;
    if (sinceUs === undefined || table === undefined) return;
    const pollUs = IDLE_POLL.reduce((sum, frame) => sum + table.us[table.index[frame]!]!, 0);
    const polls = pollUs > 0 ? Math.floor((this.node.simulation.nowUs - sinceUs) / pollUs) : 0;
    for (const frame of IDLE_POLL) this.charge(frame, polls);
  }

  private charge(frame: ProxyFrame, times = 1): void {
    if (times > 0) this.node.charge(TLS_PROXY_COSTS.index[frame], times);
  }
}

class Read extends Future<TlsRead> {
  private readonly stream: TlsStream;
  private waker: Waker | undefined = undefined;

  constructor(stream: TlsStream) {
    super();
    this.stream = stream;
  }

  poll(waker: Waker): TlsRead | Pending {
    if (!waker.spend()) return PENDING;
    this.waker = waker;
    const read = this.stream.poll(waker);
    if (read === PENDING) return PENDING;
    waker.achieve();
    this.drop();
    return read;
  }

  drop(): void {
    if (this.waker !== undefined) this.stream.socket.forgetReader(this.waker);
    this.waker = undefined;
  }
}
