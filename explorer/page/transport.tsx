// The transport: plays the cursor, lets the run go on or holds it, steps by events, and jumps to a virtual time.
// Invariant: all it does is to move the cursor and to start or hold runs; a step back is a repetition with the same digests.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { timeText } from '../../properties/view/time-text.ts';
import { moveCursor } from '../run/exploration.ts';
import { Superseded } from '../run/worker-run.ts';
import type { EventView } from '../run/run-view.ts';
import type { Desk } from './desk.ts';
import { Scrub } from './scrub.tsx';

const SPEEDS = [1, 10, 60, 300];

/** See the file's head. */
export function Transport({ desk }: { desk: Desk }) {
  const { exploration } = desk;
  const { cursorUs, playing, speed, following, eventNumber, runs } = exploration;
  const event = useSignal<EventView | undefined>(undefined);
  const note = useSignal('');
  const jump = useSignal('');
  const [run] = runs.value;
  const goesOn = runs.value.some(({ phase }) => phase.value === 'running');
  const isHeld = runs.value.some(({ phase }) => phase.value === 'paused');

  const toggle = (): void => {
    if (goesOn || isHeld) for (const one of runs.value) one.setRunning(!goesOn);
    else {
      const endUs = Math.max(0, ...runs.value.map(({ data }) => data.value?.reachedUs ?? 0));
      if (!playing.value && cursorUs.value >= endUs) moveCursor(exploration, 0);
      following.value = false;
      playing.value = !playing.value;
    }
  };
  const step = (by: 1 | -1): void => {
    if (run === undefined) return;
    playing.value = false;
    note.value = by < 0 ? 'repeating the run up to there …' : '';
    stepFrom(run, exploration.eventNumber.value, cursorUs.value, by)
      .then((found) => {
        event.value = found;
        note.value = '';
        following.value = false;
        cursorUs.value = found.atUs;
        eventNumber.value = found.number;
      })
      .catch((error: unknown) => {
        if (!(error instanceof Superseded)) note.value = error instanceof Error ? error.message : String(error);
      });
  };
  const jumpTo = (submitted: Event): void => {
    submitted.preventDefault();
    try {
      moveCursor(exploration, parseDuration(jump.value, 'jump', { allowZero: true }));
      note.value = '';
    } catch (error) {
      note.value = error instanceof Error ? error.message : String(error);
    }
  };
  useEffect(() => playCursor(desk), [desk]);
  useEffect(() => keys(toggle, step), [run, goesOn, isHeld]);
  // Once the cursor is moved by time, it stands on no event.
  const stepped = eventNumber.value === undefined ? undefined : event.value;
  return (
    <div class="transport" role="group" aria-label="transport">
      <div class="row">
        <button type="button" onClick={toggle} aria-label={goesOn || playing.value ? 'pause' : 'run'} title="space">
          {goesOn || playing.value ? '❚❚' : '▶'}
        </button>
        <button
          type="button"
          onClick={() => step(-1)}
          aria-label="one event back"
          title=","
          disabled={run?.unaskable !== undefined}
        >
          ◂|
        </button>
        <button
          type="button"
          onClick={() => step(1)}
          aria-label="one event on"
          title="."
          disabled={run?.unaskable !== undefined}
        >
          |▸
        </button>
        <span class="clock figures" role="status" aria-label="virtual time">
          {(goesOn || playing.value ? timeText : formatDuration)(cursorUs.value)}
        </span>
        <label>
          <span class="visually-hidden">speed</span>
          <select value={speed.value} onChange={({ currentTarget }) => (speed.value = Number(currentTarget.value))}>
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one} s per s
              </option>
            ))}
          </select>
        </label>
        <form onSubmit={jumpTo}>
          <label>
            go to
            <input
              type="text"
              name="jump"
              placeholder="12m30s"
              value={jump.value}
              onInput={({ currentTarget }) => (jump.value = currentTarget.value)}
            />
          </label>
        </form>
        <span class="event figures" data-event={stepped?.number}>
          {note.value !== '' ? note.value : eventText(stepped, run?.data.value?.peers ?? [])}
        </span>
      </div>
      <Scrub desk={desk} />
    </div>
  );
}

/** The next event from where the cursor stands, or the one before. */
async function stepFrom(
  run: Desk['exploration']['runs']['value'][number],
  number: number | undefined,
  atUs: number,
  by: 1 | -1,
): Promise<EventView> {
  if (number !== undefined) return run.event(Math.max(0, number + by), 'step');
  const here = await run.eventAt(atUs, 'step');
  // The cursor stands after the last event at its time: that one is the first step back.
  return by < 0 && here.atUs < atUs ? here : run.event(Math.max(0, here.number + by), 'step');
}

function eventText(event: EventView | undefined, peers: readonly string[]): string {
  if (event === undefined) return '';
  const who = event.peer < 0 ? '' : ` at ${peers[event.peer] ?? `p${event.peer}`}`;
  const from = event.from === undefined ? '' : ` from ${peers[event.from] ?? `p${event.from}`}`;
  const digest =
    event.digest === '' ? '' : `, digest ${event.digest}${event.same ? '' : ' (not that of the first run!)'}`;
  return `event ${event.number}: ${event.what}${from}${who}${digest}`;
}

/** Moves the cursor on while it plays; gives back how to stop that. */
function playCursor({ exploration }: Desk): () => void {
  let last = performance.now();
  let frame = requestAnimationFrame(function turn(nowMs) {
    const { playing, speed, cursorUs, runs } = exploration;
    const endUs = Math.max(0, ...runs.value.map(({ data }) => data.value?.reachedUs ?? 0));
    if (playing.value) {
      moveCursor(exploration, cursorUs.value + (nowMs - last) * 1000 * speed.value);
      if (cursorUs.value >= endUs) playing.value = false;
    }
    last = nowMs;
    frame = requestAnimationFrame(turn);
  });
  return () => cancelAnimationFrame(frame);
}

/** Space plays, comma and full stop step; not while somebody types. */
function keys(toggle: () => void, step: (by: 1 | -1) => void): () => void {
  const press = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      /^(INPUT|SELECT|TEXTAREA|BUTTON|SUMMARY)$/.test(target.tagName)
    )
      return;
    if (event.key === ' ') toggle();
    else if (event.key === ',') step(-1);
    else if (event.key === '.') step(1);
    else return;
    event.preventDefault();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}
