// One recorded step: the same reducer code, run on an immer draft instead of on the state itself.
// Invariant: the code that runs cannot tell the difference, so both modes send, arm and draw the same.
import { enableMapSet, enablePatches, produceWithPatches } from 'immer';

enablePatches();
enableMapSet();

/** One change of a state: where, and what it became. Shown to people, never applied again. */
export interface Patch {
  readonly op: 'replace' | 'remove' | 'add';
  readonly path: readonly unknown[];
  readonly value?: unknown;
}

/** What a step made of a state. */
export interface RecordedStep<State> {
  /** The new snapshot; shares with the old one whatever did not change. Frozen. */
  readonly state: State;
  /** In order; empty when nothing changed. */
  readonly patches: readonly Patch[];
}

/**
 * Runs `step` on a draft of `state`.
 *
 * @param state - Plain objects, arrays, Maps and Sets; class instances such as PeerId are left alone.
 * @param step - Mutates the draft; must not let it, or a part of it, escape.
 */
export function recordStep<State extends object>(state: State, step: (draft: State) => void): RecordedStep<State> {
  const [next, patches] = produceWithPatches(state, (draft) => {
    step(draft as State);
  });
  return { state: next, patches };
}
