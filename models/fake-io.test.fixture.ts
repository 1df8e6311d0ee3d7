// An io for the tests of one reducer: it notes what a handler does, and does nothing.
// Invariant: effects are noted in call order; a timer fires only when a test says so.
import type { PeerId } from '../sim/peer.ts';
import { RandomStreams } from '../sim/random/stream.ts';
import type { ReducerIo, TimerHandle } from '../sim/reducer.ts';

/** Notes every effect of the handlers that it is given to. */
export class FakeIo<
  Message extends { readonly kind: string },
  Timer extends { readonly kind: string },
  Output extends { readonly kind: string },
> implements ReducerIo<Message, Timer, Output> {
  nowUs = 0;
  readonly random = new RandomStreams('fake io').stream('node');
  readonly timers = new Map<TimerHandle, { readonly atUs: number; readonly timer: Timer }>();
  /** Peers to whom this side of a link is open. */
  readonly links = new Set<PeerId>();
  sent: { readonly to: PeerId; readonly message: Message }[] = [];
  outputs: Output[] = [];
  disconnected: PeerId[] = [];
  private lastHandle = 0;

  send(to: PeerId, message: Message): void {
    this.links.add(to);
    this.sent.push({ to, message });
  }

  setTimer(delayUs: number, timer: Timer): TimerHandle {
    this.timers.set(++this.lastHandle, { atUs: this.nowUs + delayUs, timer });
    return this.lastHandle;
  }

  cancelTimer(handle: TimerHandle): void {
    this.timers.delete(handle);
  }

  emit(output: Output): void {
    this.outputs.push(output);
  }

  linked(peer: PeerId): boolean {
    return this.links.has(peer);
  }

  disconnect(peer: PeerId): void {
    this.links.delete(peer);
    this.disconnected.push(peer);
  }

  /** Effects since the last call, as short lines in order of their kind: sent, emitted, disconnected. */
  take(): string[] {
    const lines = [
      ...this.sent.map(({ to, message }) => `${message.kind} to ${to}`),
      ...this.outputs.map((output) => ('peer' in output ? `${output.kind} ${String(output.peer)}` : output.kind)),
      ...this.disconnected.map((peer) => `disconnect ${peer}`),
    ];
    this.sent = [];
    this.outputs = [];
    this.disconnected = [];
    return lines;
  }

  /** Messages of one kind since the last {@link take}, with their receivers. */
  sentOf<Kind extends Message['kind']>(kind: Kind): { to: PeerId; message: Extract<Message, { kind: Kind }> }[] {
    return this.sent.filter(({ message }) => message.kind === kind) as never;
  }

  /** Advances the clock to the earliest pending timer of `kind` and takes it; undefined when there is none. */
  fire<Kind extends Timer['kind']>(kind: Kind): Extract<Timer, { kind: Kind }> | undefined {
    let earliest: TimerHandle | undefined;
    for (const [handle, { atUs, timer }] of this.timers) {
      if (timer.kind === kind && (earliest === undefined || atUs < (this.timers.get(earliest)?.atUs ?? 0))) {
        earliest = handle;
      }
    }
    if (earliest === undefined) return undefined;
    const pending = this.timers.get(earliest);
    this.timers.delete(earliest);
    this.nowUs = Math.max(this.nowUs, pending?.atUs ?? 0);
    return pending?.timer as Extract<Timer, { kind: Kind }>;
  }

  /** Kinds of the pending timers, in the order they were set. */
  get pendingKinds(): string[] {
    return [...this.timers.values()].map(({ timer }) => timer.kind);
  }
}
