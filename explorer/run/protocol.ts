// What a page and the worker of a run say to each other.
// Invariant: plain data both ways; every question is answered once, by an answer or by a mistake.
import type { RunData } from '../../properties/view/run-data.ts';
import type { EventView, MessageWindow, NodeView, RunPhase } from './run-view.ts';

/** What a page tells the worker. */
export type Order =
  /** Once, first: the scenario as somebody wrote it, and where it is from, for messages. */
  | { readonly kind: 'load'; readonly scenario: unknown; readonly where: string; readonly tool: string }
  /** Runs it, or holds it. A worker that is only asked questions never runs it. */
  | { readonly kind: 'run'; readonly on: boolean }
  | { readonly kind: 'ask'; readonly id: number; readonly asker: Asker; readonly question: Question };

/** Who asks: a newer question takes the place of an older one of its kind only when the same asks. */
export type Asker = 'view' | 'step';

/** What can be asked of any moment of a run. */
export type Question =
  | { readonly kind: 'event-at'; readonly atUs: number }
  | { readonly kind: 'event'; readonly number: number }
  | { readonly kind: 'node'; readonly peer: number; readonly number: number }
  | { readonly kind: 'messages'; readonly fromUs: number; readonly untilUs: number };

/** The answer to each kind of question. */
export interface Answers {
  readonly 'event-at': EventView;
  readonly event: EventView;
  readonly node: NodeView;
  readonly messages: MessageWindow;
}

/** What the worker tells the page. */
export type Report =
  | { readonly kind: 'data'; readonly data: RunData; readonly phase: RunPhase }
  | { readonly kind: 'phase'; readonly phase: RunPhase }
  /** One sentence: the run cannot go on. */
  | { readonly kind: 'mistake'; readonly sentence: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answers[keyof Answers] }
  /** `superseded` when a newer question of its kind and asker came before it was answered. */
  | { readonly kind: 'no-answer'; readonly id: number; readonly sentence: string; readonly superseded: boolean };
