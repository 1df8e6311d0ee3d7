// A membership class as a package might publish it, and how it is hosted: heartbeats, expiry, and a rumour flood.
// Invariant: the class knows nothing of the host; its version `leaky` keeps the names of members that expired.
import { setTimeout as pause } from 'node:timers/promises';
import type { HostedModel } from './define-hosted.ts';
import { defineHosted } from './define-hosted.ts';

/** What the class talks by. */
export interface Wire {
  send(to: string, message: unknown): void;
  delivered(id: string): void;
}

type Message =
  | { readonly type: 'beat'; readonly known: readonly string[] }
  | { readonly type: 'rumour'; readonly id: string }
  | { readonly type: 'bye' };

/** See the file's head. */
export class Member {
  readonly heard = new Map<string, number>();
  readonly expired = new Map<string, { at: number }>();
  readonly seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined = undefined;
  private readonly wire: Wire;
  private readonly name: string;
  private readonly intervalMs: number;
  private readonly isLeaky: boolean;

  constructor(name: string, wire: Wire, intervalMs: number, isLeaky: boolean) {
    this.name = name;
    this.wire = wire;
    this.intervalMs = intervalMs;
    this.isLeaky = isLeaky;
  }

  async start(contacts: readonly string[]): Promise<void> {
    for (const contact of contacts) this.heard.set(contact, Date.now());
    await pause(Math.random() * 100);
    this.#timer = setInterval(() => this.beat(), this.intervalMs);
    this.beat();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.resolve();
    for (const peer of this.heard.keys()) this.wire.send(peer, { type: 'bye' });
  }

  receive(from: string, message: Message): void {
    if (message.type === 'bye') this.heard.delete(from);
    else if (message.type === 'rumour') this.spread(message.id);
    else {
      this.heard.set(from, Date.now());
      for (const name of message.known) {
        if (name !== this.name && !this.heard.has(name) && !this.expired.has(name))
          this.wire.send(name, { type: 'beat', known: [] });
      }
    }
  }

  spread(id: string): void {
    if (this.seen.has(id)) return;
    this.seen.set(id, Date.now());
    this.wire.delivered(id);
    for (const peer of this.heard.keys()) this.wire.send(peer, { type: 'rumour', id });
  }

  private beat(): void {
    const now = Date.now();
    for (const [name, at] of this.heard) {
      if (now - at <= 4 * this.intervalMs) continue;
      this.heard.delete(name);
      this.expired.set(name, { at: now });
    }
    for (const [name, { at }] of this.expired) {
      if (!this.isLeaky && now - at > 10_000) this.expired.delete(name);
    }
    for (const [id, at] of this.seen) if (now - at > 10_000) this.seen.delete(id);
    for (const name of this.heard.keys()) this.wire.send(name, { type: 'beat', known: [...this.heard.keys()] });
  }
}

/** The class as a model; its configuration says which version of it. */
export const members: HostedModel<{ readonly intervalMs: number; readonly version: string }> = defineHosted({
  name: 'members',
  summary: 'members that send heartbeats, expire one another, and flood rumours',
  config: { intervalMs: 1000, version: 'fixed' },
  longestTimerUs: ({ intervalMs }) => intervalMs * 1000,
  retains: () => [
    { path: 'member.heard', forUs: 10_000_000, why: 'a member expires after four intervals' },
    { path: 'member.expired', forUs: 20_000_000, why: 'nobody brings back who has just expired' },
  ],
  boot: async (node) => {
    const member = new Member(node.name, node, node.config.intervalMs, node.config.version === 'leaky');
    node.onMessage((from, message) => member.receive(from, message as Message));
    node.onBroadcast((id) => member.spread(id));
    node.exposes({ member });
    await member.start(node.contacts());
  },
  stop: ({ member }: { member: Member }) => member.stop(),
  neighbours: ({ member }) => member.heard.keys(),
});
