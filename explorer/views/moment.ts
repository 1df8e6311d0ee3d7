// The event at the cursor and the state of the node that is looked at, asked for once the cursor holds still.
// Invariant: an answer that was overtaken by a newer question is never shown.
import { effect, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Exploration } from '../run/exploration.ts';
import type { EventView, NodeView, RunView } from '../run/run-view.ts';
import { Superseded } from '../run/worker-run.ts';

/** Real time for which the cursor holds still before anything is asked, in milliseconds. */
export const STILL_MS = 150;

/** What is known of the moment. */
export interface Moment {
  readonly event: EventView | undefined;
  /** Of the peer that is selected, or else of whom the event is. */
  readonly node: NodeView | undefined;
  readonly isAsking: boolean;
  /** Why nothing could be had, in a sentence. */
  readonly problem: string | undefined;
}

const NOTHING: Moment = { event: undefined, node: undefined, isAsking: false, problem: undefined };

/** Follows the cursor and the selection. */
export function useMoment(exploration: Exploration, run: RunView): Moment {
  const moment = useSignal<Moment>(NOTHING);
  useEffect(() => {
    let turn = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    moment.value = { ...NOTHING, problem: run.unaskable };
    const stop = effect(() => {
      const [atUs, number, peer] = [exploration.cursorUs.value, exploration.eventNumber.value, exploration.peer.value];
      const isReady = (run.data.value?.reachedUs ?? -1) >= 0 && run.unaskable === undefined;
      const isMoving = exploration.following.value && run.phase.value === 'running';
      clearTimeout(timer);
      if (!isReady || isMoving) return;
      const own = ++turn;
      const begin = (): void => {
        timer = setTimeout(() => {
          void ask(run, atUs, number, peer, (next) => {
            if (own !== turn) return;
            if (next === 'superseded') begin();
            else moment.value = { ...moment.peek(), ...next };
          });
        }, STILL_MS);
      };
      begin();
    });
    return () => {
      turn = -1;
      clearTimeout(timer);
      stop();
    };
  }, [exploration, run]);
  return moment.value;
}

async function ask(
  run: RunView,
  atUs: number,
  number: number | undefined,
  peer: number | undefined,
  tell: (next: Partial<Moment> | 'superseded') => void,
): Promise<void> {
  tell({ isAsking: true, problem: undefined });
  try {
    const event = number === undefined ? await run.eventAt(atUs) : await run.event(number);
    const who = peer ?? (event.peer >= 0 ? event.peer : undefined);
    tell({ event });
    const node = who === undefined ? undefined : await run.node(who, event.number);
    tell({ node, isAsking: false });
  } catch (error) {
    // Somebody else on the page asked the same kind of question: that one is answered first.
    if (error instanceof Superseded) tell('superseded');
    else tell({ isAsking: false, problem: error instanceof Error ? error.message : String(error) });
  }
}
