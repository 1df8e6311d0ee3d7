// What the views share: the runs on the page, one time cursor, and what is selected.
// Invariant: all views read and write the same signals, so that one that moves the cursor moves it for all.
import { signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import type { RunView } from './run-view.ts';

/** The state of a page. */
export interface Exploration {
  /** One run, or two that are compared; the first is the one that is explored in depth. */
  readonly runs: Signal<readonly RunView[]>;
  /** Virtual time that every view shows, in microseconds. */
  readonly cursorUs: Signal<number>;
  /** True while the cursor follows a live run. */
  readonly following: Signal<boolean>;
  /** True while the cursor plays on by itself, and how many virtual seconds pass in a real one. */
  readonly playing: Signal<boolean>;
  readonly speed: Signal<number>;
  /** The event that the cursor stands on after a step; undefined when it was moved by time. */
  readonly eventNumber: Signal<number | undefined>;
  /** Peer whose state is shown; undefined when none is. */
  readonly peer: Signal<number | undefined>;
  /** Window of the space-time diagram; undefined for the default, two seconds up to the cursor. */
  readonly window: Signal<{ readonly fromUs: number; readonly untilUs: number } | undefined>;
  /** Property whose evidence is shown; undefined when none is. */
  readonly property: Signal<string | undefined>;
}

/** A page with nothing on it. */
export function createExploration(): Exploration {
  return {
    runs: signal([]),
    cursorUs: signal(0),
    following: signal(true),
    playing: signal(false),
    speed: signal(10),
    eventNumber: signal(undefined),
    peer: signal(undefined),
    window: signal(undefined),
    property: signal(undefined),
  };
}

/** Moves the cursor to a virtual time, as a person would. */
export function moveCursor(exploration: Exploration, atUs: number): void {
  const endUs = Math.max(0, ...exploration.runs.value.map(({ data }) => data.value?.reachedUs ?? 0));
  exploration.following.value = false;
  exploration.eventNumber.value = undefined;
  exploration.cursorUs.value = Math.round(Math.min(Math.max(0, atUs), endUs));
}
