// The streams of one connection: ids, both directions' maps, and the connection's own credit.
// Invariant: a stream stands in a map exactly until its end is known; ids are those of RFC 9000, section 2.1, never reused.
import type { Future } from '../../sim/tasks/future.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Connection } from './connection.ts';
import type { QuicConfig } from './contract.ts';
import { RecvCredit, SendCredit } from './flow-control.ts';
import { AcceptQueue } from './queue.ts';
import { RecvStream } from './recv-stream.ts';
import { SendStream } from './stream.ts';
import type { Credit, Data, StreamSignal } from './wire.ts';

/** A stream both ways. */
export interface BiStream {
  readonly send: SendStream;
  readonly recv: RecvStream;
}

/** Step between the ids of streams of one kind. */
const STEP = 4;
/** Bit of an id that says who opened the stream: 1 for the server. */
const BY_SERVER = 1;
/** Bit of an id that says that the stream goes one way only. */
const ONE_WAY = 2;

/** See the file's head. */
export class Streams {
  /** Credit that each stream begins with. */
  readonly streamWindowBytes: number;
  private readonly connection: Connection;
  private readonly sending = new Map<number, SendStream>();
  private readonly receiving = new Map<number, RecvStream>();
  private readonly uni = new AcceptQueue<RecvStream>();
  private twoWay: AcceptQueue<BiStream> | undefined = undefined;
  private readonly sendCredit: SendCredit;
  private readonly recvCredit: RecvCredit;
  /** Streams whose writers wait for the connection's credit. */
  private blocked: Set<SendStream> | undefined = undefined;
  private nextUni: number;
  private nextBi: number;
  /** The least ids that the other side has not used. */
  private farUni: number;
  private farBi: number;

  constructor(connection: Connection, { connectionWindowBytes, streamWindowBytes }: QuicConfig) {
    this.connection = connection;
    const [mine, theirs] = connection.side === 'server' ? [BY_SERVER, 0] : [0, BY_SERVER];
    this.nextBi = mine;
    this.nextUni = mine | ONE_WAY;
    this.farBi = theirs;
    this.farUni = theirs | ONE_WAY;
    this.streamWindowBytes = streamWindowBytes;
    this.sendCredit = new SendCredit(connectionWindowBytes);
    this.recvCredit = new RecvCredit(connectionWindowBytes);
  }

  /** Messages that came and nobody read, by stream; for `expose`. */
  get unread(): Map<number, readonly unknown[]> {
    const unread = new Map<number, readonly unknown[]>();
    for (const [id, stream] of this.receiving) if (stream.hasUnread) unread.set(id, stream.unread);
    return unread;
  }

  openUni(): SendStream {
    const id = this.nextUni;
    this.nextUni += STEP;
    return this.newSend(id);
  }

  acceptUni(): Future<RecvStream | undefined> {
    return this.uni.next();
  }

  openBi(): BiStream {
    const id = this.nextBi;
    this.nextBi += STEP;
    return { send: this.newSend(id), recv: this.newRecv(id) };
  }

  acceptBi(): Future<BiStream | undefined> {
    return this.bi.next();
  }

  /** A frame came. */
  take(packet: Data | Credit | StreamSignal): void {
    const { stream: id } = packet;
    switch (packet.kind) {
      case 'data': {
        const stream = this.receiving.get(id) ?? this.opened(id);
        if (stream !== undefined) stream.push(packet);
        // Of a stream that was stopped: its bytes count against the connection all the same.
        else this.consumed(id, undefined, packet.bytes);
        return;
      }
      case 'credit':
        this.sending.get(id)?.raise(packet.streamBytes);
        if (this.sendCredit.raise(packet.connectionBytes)) this.unblock();
        return;
      case 'fin':
        (this.receiving.get(id) ?? this.opened(id))?.finish('finished');
        this.signal('fin-ack', id);
        return;
      case 'reset':
        (this.receiving.get(id) ?? this.opened(id))?.finish('reset');
        return;
      case 'fin-ack':
        this.sending.get(id)?.end('closed');
        return;
      case 'stop':
        this.sending.get(id)?.end('stopped');
    }
  }

  /** The connection is over for its users. */
  end(): void {
    for (const stream of Array.from(this.sending.values())) stream.end('closed');
    for (const stream of Array.from(this.receiving.values())) stream.close();
    this.blocked = undefined;
    this.uni.end();
    this.twoWay?.end();
  }

  /** The oldest stream that can be written to fails, on both sides; false when there is none. */
  failOldest(): boolean {
    for (const stream of this.sending.values()) {
      if (!stream.isOpen) continue;
      this.signal('reset', stream.id);
      stream.end('stopped');
      return true;
    }
    return false;
  }

  /** Readers look again. */
  wakeReaders(): void {
    for (const stream of this.receiving.values()) stream.wake();
  }

  /** True while the node reads nothing off the network; of a closed connection what came is there to be read. */
  get readsNothing(): boolean {
    return this.connection.endpoint.stopsReading && !this.connection.isClosed;
  }

  get hasCredit(): boolean {
    return this.sendCredit.isLeft;
  }

  waitForCredit(stream: SendStream): void {
    (this.blocked ??= new Set()).add(stream);
  }

  /** One message goes out. */
  send(stream: SendStream, message: unknown, bytes: number): void {
    this.sendCredit.take(bytes);
    this.connection.accounting.used();
    this.connection.send({ kind: 'data', to: this.connection.farId, stream: stream.id, message, bytes });
  }

  /** A reader, of a stream with credit to give or without, has done with some bytes. */
  consumed(id: number, credit: RecvCredit | undefined, bytes: number): void {
    const streamDue = credit?.consume(bytes) ?? false;
    if (!this.recvCredit.consume(bytes) && !streamDue) return;
    const { connection } = this;
    const [streamBytes, connectionBytes] = [credit?.renew() ?? 0, this.recvCredit.renew()];
    connection.send({ kind: 'credit', to: connection.farId, stream: id, streamBytes, connectionBytes });
  }

  /** Says something about a stream. */
  signal(kind: StreamSignal['kind'], stream: number): void {
    this.connection.send({ kind, to: this.connection.farId, stream });
  }

  /** The ledger's entry of a stream is over. */
  settle(entry: EntryId): void {
    this.connection.accounting.closeStream(entry);
  }

  forgetSend(stream: SendStream): void {
    this.sending.delete(stream.id);
    this.blocked?.delete(stream);
  }

  forgetRecv(stream: RecvStream): void {
    this.receiving.delete(stream.id);
  }

  private unblock(): void {
    const { blocked = [] } = this;
    this.blocked = undefined;
    for (const stream of blocked) stream.wake();
  }

  /** Most connections have no stream both ways. */
  private get bi(): AcceptQueue<BiStream> {
    if (this.twoWay === undefined) {
      this.twoWay = new AcceptQueue();
      if (this.connection.isClosed) this.twoWay.end();
    }
    return this.twoWay;
  }

  private openEntry(): EntryId {
    const { connection } = this;
    return connection.isClosed ? NO_ENTRY : connection.accounting.openStream();
  }

  private newSend(id: number): SendStream {
    const { connection } = this;
    const stream = new SendStream(connection, this, id, this.openEntry());
    if (!stream.isOver) this.sending.set(id, stream);
    return stream;
  }

  private newRecv(id: number): RecvStream {
    const { connection } = this;
    const stream = new RecvStream(connection, this, id, this.openEntry());
    if (connection.isClosed) stream.close();
    else this.receiving.set(id, stream);
    return stream;
  }

  /** The other side uses an id; when it is new, that opens the stream and all of the kind before it (RFC 9000, 3.2). */
  private opened(id: number): RecvStream | undefined {
    const byServer = (id & BY_SERVER) !== 0;
    if (byServer === (this.connection.side === 'server')) return undefined;
    if ((id & ONE_WAY) !== 0) {
      for (; this.farUni <= id; this.farUni += STEP) this.uni.push(this.newRecv(this.farUni));
    } else {
      for (; this.farBi <= id; this.farBi += STEP) {
        this.bi.push({ send: this.newSend(this.farBi), recv: this.newRecv(this.farBi) });
      }
    }
    return this.receiving.get(id);
  }
}
