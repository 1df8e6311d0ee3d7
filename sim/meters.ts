// Meters: counters that the engine and the models keep for a whole run.
// Invariant: a meter only grows; rates are differences between two readings.

/** Index of each meter in {@link Meters.counts}. */
export const METER = {
  /** Messages handed to the network. */
  messagesSent: 0,
  /** Messages that reached a running node. */
  messagesDelivered: 1,
  /** Bytes handed to the network, by the model's own estimate. */
  bytesSent: 2,
  /** Links opened: dials, and the handshake that each stands for. */
  dials: 3,
  /** Dials that ended without an answer. */
  dialsFailed: 4,
  /** Timers that fired in a running node. */
  timersFired: 5,
  /** Join calls made. */
  joins: 6,
  /** Join calls to a peer already joined: they change nothing and still cost. */
  joinsRedundant: 7,
  /** Broadcasts begun. */
  broadcasts: 8,
  /** First deliveries of a broadcast to a node. */
  deliveries: 9,
  /** Payloads received again. */
  duplicates: 10,
  /** Peers that discovery told a node of, each life of a peer once per node. */
  discoveries: 11,
  /** Dials that were begun for a join call; part of {@link METER.dials}. */
  joinDials: 12,
} as const;

/** Name of a meter. */
export type MeterName = keyof typeof METER;

/** Every meter's name, in index order. */
export const METER_NAMES = Object.keys(METER) as readonly MeterName[];

/** The counters of one simulation. */
export class Meters {
  /** Counts by index of {@link METER}; floats, so that they hold beyond 2^31. */
  readonly counts = new Float64Array(METER_NAMES.length);

  /** A copy of all counts, to take differences from. */
  read(): Float64Array {
    return this.counts.slice();
  }
}
