// A small gossip class as a package might publish it: timers, promises, Math.random, Date, and a socket-like channel.
// Invariant: it knows nothing of the host.
import { setTimeout as pause } from 'node:timers/promises';

/** What the class talks through. */
export interface Channel {
  send(to: number, message: unknown): void;
  onMessage: ((from: number, message: unknown) => void) | undefined;
}

interface Message {
  readonly kind: 'ping' | 'pong' | 'rumour';
  readonly id: number;
  readonly sentMs: number;
}

/** Pings peers at random, measures round trips, and spreads what it hears. */
export class Gossip {
  readonly seen = new Map<number, number>();
  readonly roundTripsMs: number[] = [];
  private readonly channel: Channel;
  private readonly peers: readonly number[];
  private readonly waiting = new Map<number, (atMs: number) => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(channel: Channel, peers: readonly number[]) {
    this.channel = channel;
    this.peers = peers;
    channel.onMessage = (from, message) => void this.receive(from, message as Message);
  }

  async start(): Promise<void> {
    await pause(Math.random() * 500);
    this.timer = setInterval(() => void this.tick(), 200 + Math.floor(Math.random() * 100));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async tick(): Promise<void> {
    const to = this.peers[Math.floor(Math.random() * this.peers.length)]!;
    const id = Math.floor(Math.random() * 1e9);
    const sentMs = Date.now();
    this.channel.send(to, { kind: 'ping', id, sentMs });
    const atMs = await new Promise<number>((resolve) => {
      this.waiting.set(id, resolve);
    });
    this.roundTripsMs.push(atMs - sentMs);
    if (Math.random() < 0.2) this.spread({ kind: 'rumour', id, sentMs });
  }

  private async receive(from: number, message: Message): Promise<void> {
    await Promise.resolve();
    if (message.kind === 'ping') this.channel.send(from, { ...message, kind: 'pong' });
    else if (message.kind === 'pong') {
      this.waiting.get(message.id)?.(Date.now());
      this.waiting.delete(message.id);
    } else if (!this.seen.has(message.id)) this.spread(message);
  }

  private spread(message: Message): void {
    this.seen.set(message.id, Date.now());
    process.nextTick(() => {
      for (const peer of this.peers) if (Math.random() < 0.5) this.channel.send(peer, message);
    });
  }
}
