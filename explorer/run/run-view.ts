// A run as views see it: data that is there at once, and questions that take a while, whatever the run comes from.
// Invariant: a view never knows whether the run goes on in a worker or came with the file; what cannot be had says why.
import type { ReadonlySignal } from '@preact/signals';
import type { Json } from '../../sim/recording/describe.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import type { Asker } from './protocol.ts';

/** How a run stands. */
export type RunPhase = 'loading' | 'running' | 'paused' | 'judging' | 'done' | 'failed';

/** One run, live or finished. */
export interface RunView {
  /** `live` runs in a worker; `file` came with the page. */
  readonly kind: 'live' | 'file';
  /** Undefined until the scenario is set up. Replaced, never changed, as a live run goes on (some ten times a second). */
  readonly data: ReadonlySignal<RunData | undefined>;
  readonly phase: ReadonlySignal<RunPhase>;
  /** One sentence about what went wrong; undefined when nothing has. Text of a user may be in it. */
  readonly mistake: ReadonlySignal<string | undefined>;
  /** Why events, states and messages cannot be asked for; undefined when they can. */
  readonly unaskable: string | undefined;
  /** Lets a live run go on, or holds it; nothing for a finished one. */
  setRunning(running: boolean): void;
  /** The last event at or before a virtual time. Whoever asks again before it is answered is told `Superseded` first; see {@link Asker}. */
  eventAt(atUs: number, asker?: Asker): Promise<EventView>;
  /** The event of that number, from 1; 0 stands for the start. Backwards is a repetition with the same digest. */
  event(number: number, asker?: Asker): Promise<EventView>;
  /** One node after the event of that number. */
  node(peer: number, eventNumber: number): Promise<NodeView>;
  /** Messages that were under way in a window, and timers that fired in it; at most a few thousand, and how many more. */
  messages(fromUs: number, untilUs: number): Promise<MessageWindow>;
  /** Ends it; nothing is answered afterwards. */
  close(): void;
}

/** One event of the run. */
export interface EventView {
  /** From 1; 0 is the start of the run, before any event. */
  readonly number: number;
  readonly atUs: number;
  /** Whose event it is; -1 for the plan and the workload. */
  readonly peer: number;
  readonly kind: 'start' | 'message' | 'timer' | 'plan';
  /** Such as `message shuffle`. */
  readonly what: string;
  /** Sender of a message; undefined when it is none, or nobody knows. */
  readonly from: number | undefined;
  /** What it changed in the state of its node. */
  readonly changes: readonly ChangeView[];
  /** Messages that it sent. */
  readonly sent: readonly { readonly to: number; readonly what: string; readonly arrivesUs: number }[];
  /** 16 hexadecimal digits, of all events up to this one. */
  readonly digest: string;
  /** True when this was a repetition, and every digest on the way was that of the first run. */
  readonly same: boolean;
}

/** One place that an event changed. */
export interface ChangeView {
  readonly op: 'added' | 'removed' | 'changed';
  /** Such as `hyparview.active[3]`. */
  readonly path: string;
  readonly old: Json | undefined;
  readonly now: Json | undefined;
}

/** One node at one event. */
export interface NodeView {
  readonly peer: number;
  readonly eventNumber: number;
  readonly atUs: number;
  readonly running: boolean;
  /** Of the life that runs; 0 when none does. */
  readonly incarnation: number;
  readonly bornUs: number;
  readonly state: Json;
  /** Empty for a model without tasks. */
  readonly tasks: readonly {
    readonly path: string;
    readonly subject: string;
    readonly ageUs: number;
    readonly standing: string;
    readonly awaits: string;
  }[];
}

/** What happened between nodes in a stretch of time. */
export interface MessageWindow {
  readonly fromUs: number;
  readonly untilUs: number;
  /** In the order in which they were sent. */
  readonly messages: readonly MessageView[];
  /** Timers that fired, in order. */
  readonly timers: readonly { readonly peer: number; readonly atUs: number; readonly what: string }[];
  /** What is left out because there is too much. */
  readonly more: number;
}

/** One message. */
export interface MessageView {
  /** Sender; -1 when nobody knows. */
  readonly from: number;
  readonly to: number;
  readonly sentUs: number;
  readonly arrivesUs: number;
  /** False when its receiver had ended by then. */
  readonly arrived: boolean;
  readonly what: string;
}
