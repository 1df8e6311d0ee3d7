// A membership class as a package might publish it: heartbeats, expiry, rumours. It knows nothing of quicksoak.

/**
 * @typedef {{ type: 'beat', known: string[] } | { type: 'rumour', id: string } | { type: 'bye' }} Message
 * @typedef {{ send(to: string, message: Message): void, onRumour(id: string): void }} Wire
 */

export class Membership {
  /** Members that are heard of, by name: when last. @type {Map<string, number>} */
  alive = new Map();
  /** Members that were not heard of for long: when they were given up. @type {Map<string, number>} */
  suspects = new Map();
  /** Rumours that were passed on: when. @type {Map<string, number>} */
  seen = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer = undefined;

  /**
   * @param {string} name
   * @param {Wire} wire
   * @param {{ intervalMs: number, forgets: boolean }} options - Version 1 of this class did not forget its suspects.
   */
  constructor(name, wire, { intervalMs, forgets }) {
    this.name = name;
    this.wire = wire;
    this.intervalMs = intervalMs;
    this.forgets = forgets;
  }

  /** @param {Iterable<string>} contacts */
  async start(contacts) {
    for (const contact of contacts) this.alive.set(contact, Date.now());
    await new Promise((resolve) => setTimeout(resolve, Math.random() * this.intervalMs));
    this.#timer = setInterval(() => this.#beat(), this.intervalMs);
    this.#beat();
  }

  async stop() {
    clearInterval(this.#timer);
    for (const name of this.alive.keys()) this.wire.send(name, { type: 'bye' });
  }

  /**
   * @param {string} from
   * @param {Message} message
   */
  receive(from, message) {
    if (message.type === 'rumour') return this.spread(message.id);
    if (message.type === 'bye') return void this.alive.delete(from);
    this.alive.set(from, Date.now());
    this.suspects.delete(from);
    for (const name of message.known) {
      const isNews = name !== this.name && !this.alive.has(name) && !this.suspects.has(name);
      if (isNews) this.wire.send(name, { type: 'beat', known: [] });
    }
  }

  /** @param {string} id */
  spread(id) {
    if (this.seen.has(id)) return;
    this.seen.set(id, Date.now());
    this.wire.onRumour(id);
    for (const name of this.alive.keys()) this.wire.send(name, { type: 'rumour', id });
  }

  #beat() {
    const now = Date.now();
    for (const [name, heard] of this.alive) {
      if (now - heard < 5 * this.intervalMs) continue;
      this.alive.delete(name);
      this.suspects.set(name, now);
    }
    for (const [name, since] of this.suspects) {
      if (this.forgets && now - since > 10 * this.intervalMs) this.suspects.delete(name);
    }
    for (const [id, since] of this.seen) if (now - since > 30_000) this.seen.delete(id);
    const known = [...this.alive.keys()];
    for (const name of known) this.wire.send(name, { type: 'beat', known });
  }
}
