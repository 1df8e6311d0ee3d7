// The events of a log: every kind, the fields each takes and needs, and the record that a line is read into.
// Invariant: one record is read into again and again; a field that its line does not have holds its blank value.
import type { EntryKind } from '../../sim/ledger/account.ts';

/** The fields that an event may have beside its time, with a bit each. */
export const FIELD = {
  kind: 1 << 0,
  node: 1 << 1,
  incarnation: 1 << 2,
  note: 1 << 3,
  id: 1 << 4,
  site: 1 << 5,
  subject: 1 << 6,
  reason: 1 << 7,
  state: 1 << 8,
  bytes: 1 << 9,
  what: 1 << 10,
  path: 1 << 11,
  size: 1 << 12,
  peers: 1 << 13,
  changed: 1 << 14,
  count: 1 << 15,
  progress: 1 << 16,
  idle: 1 << 17,
  longestIdle: 1 << 18,
  livelocks: 1 << 19,
  us: 1 << 20,
  message: 1 << 21,
  name: 1 << 22,
  /** Whichever field gives it. */
  time: 1 << 23,
} as const;

/** Name of a field. */
export type FieldName = keyof typeof FIELD;

/** The fields that give the time as a number, and how many microseconds their unit has. */
export const TIME_UNITS_US: Readonly<Record<string, number>> = { timeNs: 1e-3, timeUs: 1, timeMs: 1e3, timeS: 1e6 };

/** Every field that a line may have. */
export const FIELD_NAMES: readonly string[] = [...Object.keys(FIELD), ...Object.keys(TIME_UNITS_US)];

/** What a kind of event does. */
export type Deed =
  | 'up'
  | 'stopping'
  | 'down'
  | 'open'
  | 'establish'
  | 'close'
  | 'bytes'
  | 'used'
  | 'collection'
  | 'neighbour-up'
  | 'neighbour-down'
  | 'join'
  | 'dial'
  | 'count'
  | 'broadcast'
  | 'delivered'
  | 'discarded'
  | 'wake'
  | 'wakes'
  | 'cpu'
  | 'panic'
  | 'fault-began'
  | 'fault-ended'
  | 'action';

/** A kind of event. */
export interface EventKind {
  readonly name: string;
  readonly deed: Deed;
  /** Bits of the fields that it needs, and of all that it takes. */
  readonly needs: number;
  readonly takes: number;
  /** The entry that it opens or closes. */
  readonly entry: EntryKind | undefined;
  /** The texts that `reason`, `state` or `what` may be; undefined for any. */
  readonly choices: readonly string[] | undefined;
}

/** One of these is named by `what` of an event `bytes` or `used`. */
export const RESOURCES: readonly EntryKind[] = ['task', 'connection', 'stream', 'span', 'listener', 'buffer', 'timer'];

/** How a life ends, as `reason` of an event `down`; the first is meant without one. */
export const DOWN_REASONS = ['killed', 'stopped'] as const;
/** How a task ends, as `reason` of an event `task-finished`; the first is meant without one. */
export const TASK_ENDS = ['finished', 'cancelled', 'panicked'] as const;
/** How far a connection is, as `state` of an event `connection-opened`; the first is meant without one. */
export const CONNECTION_STATES = ['established', 'half-open'] as const;

const F = FIELD;
const ALWAYS = F.time | F.kind | F.note;
const OF_NODE = F.node | F.incarnation;
const OPEN = F.id | F.site | F.subject | F.bytes;

/** Every kind of event by its name, in the order of the documentation. */
export const EVENT_KINDS: ReadonlyMap<string, EventKind> = new Map(
  [
    kind('up', 'up', 0, 0),
    kind('stopping', 'stopping', 0, 0),
    kind('down', 'down', 0, F.reason, undefined, DOWN_REASONS),
    kind('task-spawned', 'open', F.id | F.site, OPEN, 'task'),
    kind('task-finished', 'close', F.id, F.reason, 'task', TASK_ENDS),
    kind('connection-opened', 'open', F.id | F.site, OPEN | F.state, 'connection', CONNECTION_STATES),
    kind('connection-established', 'establish', F.id, F.site, 'connection'),
    kind('connection-closed', 'close', F.id, F.reason, 'connection'),
    ...(['stream', 'span', 'listener', 'buffer', 'timer'] as const).flatMap((entry) => [
      kind(`${entry}-opened`, 'open', F.id | F.site, OPEN, entry),
      kind(`${entry}-closed`, 'close', F.id, F.reason, entry),
    ]),
    kind('bytes', 'bytes', F.what | F.id | F.bytes, 0, undefined, RESOURCES),
    kind('used', 'used', F.what | F.id, 0, undefined, RESOURCES),
    kind('collection', 'collection', F.path, F.size | F.peers),
    kind('neighbour-up', 'neighbour-up', F.subject, 0),
    kind('neighbour-down', 'neighbour-down', 0, F.subject),
    kind('join', 'join', 0, F.subject | F.changed | F.count),
    kind('dial', 'dial', 0, F.subject | F.count),
    kind('dial-failed', 'count', 0, F.subject | F.count),
    kind('discovered', 'count', 0, F.subject | F.count),
    kind('wake', 'wake', F.site | F.progress, F.id | F.count),
    kind('wakes', 'wakes', F.site | F.count | F.idle, F.longestIdle | F.livelocks),
    kind('messages', 'count', 0, F.count | F.bytes),
    kind('timers-fired', 'count', 0, F.count),
    kind('broadcast', 'broadcast', 0, F.id | F.count),
    kind('delivered', 'delivered', F.id, 0),
    kind('discarded', 'discarded', F.subject, F.what),
    kind('cpu', 'cpu', F.us, 0),
    kind('panic', 'panic', F.site, F.message),
    kind('fault-began', 'fault-began', F.name, F.peers),
    kind('fault-ended', 'fault-ended', F.name, 0),
    kind('action', 'action', F.name, F.changed),
  ].map((one) => [one.name, one]),
);

function kind(
  name: string,
  deed: Deed,
  needs: number,
  takes: number,
  entry?: EntryKind,
  choices?: readonly string[],
): EventKind {
  const ofNode = deed !== 'fault-began' && deed !== 'fault-ended' && deed !== 'action';
  const own = ofNode ? OF_NODE : 0;
  const needed = ALWAYS & ~F.note;
  return {
    name,
    deed,
    needs: needs | needed | (ofNode ? F.node : 0),
    takes: needs | takes | ALWAYS | own,
    entry,
    choices,
  };
}

/** An event as it is written; `undefined` stands for a field that it does not have. */
export type WrittenEvent = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Names a thing that is open; a whole number of up to fifteen digits and the same as text are one. */
export type ThingId = string | number;

/** Most characters of a name: of a node, a site, a path, an id. */
export const MOST_NAME_CHARACTERS = 256;

const NO_PEERS: readonly string[] = [];

/** One event as it was read. */
export class LogEvent {
  /** Bits of the fields that the line has. */
  has = 0;
  /** Microseconds since the origin of the log's own clock; a whole number. */
  timeUs = 0;
  kind: EventKind = EVENT_KINDS.get('up')!;
  node = '';
  incarnation = 0;
  id: ThingId = '';
  site = '';
  subject = '';
  reason = '';
  state = '';
  bytes = 0;
  what = '';
  path = '';
  size = 0;
  peers = NO_PEERS;
  changed = true;
  count = 1;
  progress = true;
  idle = 0;
  longestIdle = 0;
  livelocks = 0;
  us = 0;
  message = '';
  name = '';

  /** Blanks every field but the kind. */
  clear(): void {
    this.has = 0;
    this.timeUs = 0;
    this.node = '';
    this.incarnation = 0;
    this.id = '';
    this.site = '';
    this.subject = '';
    this.reason = '';
    this.state = '';
    this.bytes = 0;
    this.what = '';
    this.path = '';
    this.size = 0;
    this.peers = NO_PEERS;
    this.changed = true;
    this.count = 1;
    this.progress = true;
    this.idle = 0;
    this.longestIdle = 0;
    this.livelocks = 0;
    this.us = 0;
    this.message = '';
    this.name = '';
  }
}
