// The messages of the window that is looked at, asked for once cursor and window hold still.
// Invariant: an answer that was overtaken by a newer question is never shown.
import { effect, useSignal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Exploration } from '../run/exploration.ts';
import type { MessageWindow, RunView } from '../run/run-view.ts';
import { Superseded } from '../run/worker-run.ts';
import { STILL_MS } from './moment.ts';

/** A stretch of virtual time, in microseconds. */
export interface Stretch {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** What is known of the window. */
export interface WindowAnswer {
  readonly found: MessageWindow | undefined;
  readonly isAsking: boolean;
  readonly problem: string | undefined;
}

/** Follows a stretch. */
export function useMessages(exploration: Exploration, run: RunView, stretch: ReadonlySignal<Stretch>): WindowAnswer {
  const answer = useSignal<WindowAnswer>({ found: undefined, isAsking: false, problem: run.unaskable });
  useEffect(() => {
    let turn = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    answer.value = { found: undefined, isAsking: false, problem: run.unaskable };
    const stop = effect(() => {
      const { fromUs, untilUs } = stretch.value;
      const isMoving = exploration.following.value && run.phase.value === 'running';
      clearTimeout(timer);
      if (run.unaskable !== undefined || isMoving || untilUs <= fromUs) return;
      const own = ++turn;
      timer = setTimeout(() => {
        answer.value = { ...answer.peek(), isAsking: true, problem: undefined };
        run.messages(fromUs, untilUs).then(
          (found) => {
            if (own === turn) answer.value = { found, isAsking: false, problem: undefined };
          },
          (error: unknown) => {
            if (own !== turn || error instanceof Superseded) return;
            const problem = error instanceof Error ? error.message : String(error);
            answer.value = { ...answer.peek(), isAsking: false, problem };
          },
        );
      }, STILL_MS);
    });
    return () => {
      turn = -1;
      clearTimeout(timer);
      stop();
    };
  }, [exploration, run, stretch]);
  return answer.value;
}
