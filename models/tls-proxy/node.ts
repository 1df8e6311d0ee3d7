// A node of the TLS proxy: a listener that serves connections, and a client that opens them.
// Invariant: every connection has one task, which closes its stream and its span whatever ends it.
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import type { Network } from '../../sim/network/network.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import { block } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { interval, sleep, timeout } from '../../sim/tasks/timers.ts';
import { ALERT_BYTES, HANDSHAKE_BYTES, PROXY_BYTES, PROXY_FRAMES, TLS_PROXY_COSTS } from './contract.ts';
import type { ProxyPacket, TlsProxyConfig, TlsProxyDefects, TlsRecord } from './contract.ts';
import type { Socket } from './socket.ts';
import { Sockets } from './sockets.ts';
import { TlsStream } from './stream.ts';

/** What all nodes of one world share. */
export interface ProxyShared {
  readonly network: Network;
  readonly config: TlsProxyConfig;
  readonly defects: TlsProxyDefects;
  /** Names a running peer that `accepts`, at random; undefined when there is none. */
  readonly choose: (asker: ProxyNode, accepts: (peer: PeerId) => boolean) => PeerId | undefined;
}

const CLOSE_NOTIFY: TlsRecord = { kind: 'close-notify', bytes: ALERT_BYTES };

/** One running proxy. */
export class ProxyNode extends TaskNode {
  readonly sockets: Sockets;
  private readonly shared: ProxyShared;

  constructor(shared: ProxyShared, random: RandomStream, clock: NodeClock) {
    super(random, clock);
    this.shared = shared;
    this.sockets = new Sockets(this, shared.network);
  }

  /** Begins to listen and to connect; call it once attached. */
  begin(): void {
    this.executor.spawn('proxy.listener', this.listen());
    this.executor.spawn('proxy.client', this.connectAll());
    this.executor.drain();
  }

  /** Cancels every task, whose streams say goodbye. */
  end(): void {
    this.executor.abortAll();
    this.sockets.closeAll();
  }

  /** Resets every connection; false when there is none. */
  rotate(): boolean {
    const open = this.sockets.abortAll();
    this.executor.drain();
    return open > 0;
  }

  override receive(_from: number, message: unknown): void {
    this.sockets.receive(message as ProxyPacket);
  }

  override expose(): Record<string, unknown> {
    return { proxy: { connections: this.sockets.expose() } };
  }

  override connections(): Iterable<PeerId> {
    return new Set(this.sockets.remotes());
  }

  private *listen(): TaskBody<void> {
    const { accepted } = this.sockets;
    const { ledger } = this.simulation;
    const pool = ledger?.open('listener', this, undefined, 'proxy.pool', PROXY_BYTES.pool) ?? NO_ENTRY;
    try {
      for (;;) {
        const socket = yield* accepted.recv();
        if (socket === undefined) return;
        this.charge(TLS_PROXY_COSTS.index[PROXY_FRAMES.accept]);
        this.executor.spawn('proxy.connection', this.serve(socket), {
          subject: socket.remote,
          bytes: PROXY_BYTES.task,
        });
      }
    } finally {
      accepted.drop();
      ledger?.close(pool, 'stopped');
    }
  }

  /** Serves one connection: answers each record with one, until the client closes. */
  private *serve(socket: Socket): TaskBody<void> {
    const stream = this.streamOf(socket);
    const span = this.openSpan(socket.remote);
    try {
      if (!(yield* this.shakeAsServer(stream))) return;
      for (;;) {
        const read = yield* stream.next();
        if (read.kind !== 'record') return;
        stream.write([read.record]);
      }
    } finally {
      stream.close(CLOSE_NOTIFY);
      this.closeSpan(span);
    }
  }

  private *connectAll(): TaskBody<void> {
    const { connectIntervalUs, trailerShare } = this.shared.config;
    // The phase is drawn, the pace is even: what a node spends does not depend on luck.
    const ticks = interval(this.executor, connectIntervalUs, 'connect', this.random.below(connectIntervalUs));
    let trailers = this.random.float();
    try {
      for (;;) {
        yield* ticks.tick();
        // Among a few, who all have a connection already, a node opens one of its own: or phases that fall together
        // would halve what is spent.
        const remote =
          this.shared.choose(this, (peer) => !this.sockets.reaches(peer)) ??
          this.shared.choose(this, (peer) => !this.sockets.dials(peer));
        if (remote === undefined) continue;
        trailers += trailerShare;
        const trails = trailers >= 1;
        if (trails) trailers -= 1;
        this.executor.spawn('proxy.request', this.request(remote, trails), {
          subject: remote,
          bytes: PROXY_BYTES.task,
        });
      }
    } finally {
      ticks.drop();
    }
  }

  /** One connection as a client: requests, their answers, and the close; with a record behind it when it `trails`. */
  private *request(remote: PeerId, trails: boolean): TaskBody<void> {
    const { mostRecords, recordBytes, recordGapUs } = this.shared.config;
    this.charge(TLS_PROXY_COSTS.index[PROXY_FRAMES.connect]);
    const stream = this.streamOf(this.sockets.dial(remote));
    const span = this.openSpan(remote);
    const record: TlsRecord = { kind: 'data', bytes: recordBytes };
    try {
      if (!(yield* this.shakeAsClient(stream))) {
        this.simulation.meters.counts[METER.dialsFailed]!++;
        return;
      }
      for (let left = 1 + this.random.below(mostRecords); left > 0; left--) {
        stream.write([record]);
        if ((yield* stream.next()).kind !== 'record') return;
        yield* sleep(this.executor, recordGapUs, 'record-gap');
      }
      stream.write(trails ? [CLOSE_NOTIFY, record] : [CLOSE_NOTIFY]);
      const { closeWaitUs } = this.shared.config;
      const answer = yield* timeout(this.executor, closeWaitUs, block(stream.next()));
      if (answer.kind === 'elapsed') stream.socket.abort();
    } finally {
      stream.close(CLOSE_NOTIFY);
      this.closeSpan(span);
    }
  }

  /** TCP's round trip and then TLS 1.3's; false when the connection did not come about. */
  private *shakeAsClient(stream: TlsStream): TaskBody<boolean> {
    const { socket } = stream;
    const { arm } = yield* select('biased', { gone: socket.ended(), connected: socket.connected() });
    if (arm === 'gone') return false;
    stream.write([{ kind: 'handshake', bytes: HANDSHAKE_BYTES.clientHello }]);
    if ((yield* stream.next()).kind !== 'record') return false;
    this.charge(TLS_PROXY_COSTS.index[PROXY_FRAMES.client]);
    stream.write([{ kind: 'handshake', bytes: HANDSHAKE_BYTES.finished }]);
    socket.establish();
    return true;
  }

  private *shakeAsServer(stream: TlsStream): TaskBody<boolean> {
    if ((yield* stream.next()).kind !== 'record') return false;
    this.charge(TLS_PROXY_COSTS.index[PROXY_FRAMES.server]);
    stream.write([{ kind: 'handshake', bytes: HANDSHAKE_BYTES.serverFlight }]);
    if ((yield* stream.next()).kind !== 'record') return false;
    stream.socket.establish();
    return true;
  }

  private streamOf(socket: Socket): TlsStream {
    return new TlsStream(this, socket, this.shared.defects['tls-close-notify-trailer'] === true);
  }

  private openSpan(subject: PeerId): EntryId {
    return this.simulation.ledger?.open('span', this, subject, 'proxy.span', PROXY_BYTES.span) ?? NO_ENTRY;
  }

  private closeSpan(entry: EntryId): void {
    this.simulation.ledger?.close(entry, 'closed');
  }
}
