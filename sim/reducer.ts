// The contract of a sans-IO protocol: plain state, one handler, effects through `io`.
// Invariant: a handler touches nothing but its state and its io; messages and effects never alias the state.
import type { PeerId } from './peer.ts';
import type { RandomStream } from './random/stream.ts';

/** Names a pending timer of one node; valid until the timer fires or is cancelled. An integer below 2^53. */
export type TimerHandle = number;

/**
 * What a reducer may do to the world. Every call takes effect at once, in call order.
 *
 * @typeParam Message - What it sends to peers; treated as immutable once sent.
 * @typeParam Timer - What it receives back when a timer fires.
 * @typeParam Output - What it tells the layer above.
 */
export interface ReducerIo<Message, Timer, Output> {
  /** The node's own clock in microseconds (an integer; skew and drift included). */
  readonly nowUs: number;
  /** The node's own random stream. */
  readonly random: RandomStream;
  /** Sends over the link to `to`, opening one when there is none. */
  send(to: PeerId, message: Message): void;
  /** Arms a timer `delayUs` (an integer, 0 or more) from now on the node's own clock. */
  setTimer(delayUs: number, timer: Timer): TimerHandle;
  /** Cancels a pending timer; a handle that has fired or was cancelled is ignored. */
  cancelTimer(handle: TimerHandle): void;
  /** Tells the layer above. */
  emit(output: Output): void;
  /** True while this side of a link to `peer` is open, so that a send would not have to open one. */
  linked(peer: PeerId): boolean;
  /** Gives up this protocol's use of the link to `peer`; the link closes when nothing else uses it. */
  disconnect(peer: PeerId): void;
}
