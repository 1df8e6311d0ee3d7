// Messages of a window as a space-time diagram: time to the right, a lane for each peer.
// Invariant: the window is the exploration's, or ends at the cursor; a click and Enter move the cursor to an arrival.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatDuration } from '../../sim/duration.ts';
import { timeText } from '../../properties/view/time-text.ts';
import { emptyTrack } from '../../properties/view/topology.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import { moveCursor } from '../run/exploration.ts';
import type { MessageView, MessageWindow } from '../run/run-view.ts';
import { useCanvas } from './canvas.ts';
import { rowAt } from './curves.ts';
import { useMessages } from './message-window.ts';
import type { Stretch } from './message-window.ts';
import { strokeOf } from './palette.ts';
import { LENGTHS, classesOf, goodLengthUs, lanesOf, slantAt, slantsOf } from './space-time-layout.ts';
import type { Lanes, Slant } from './space-time-layout.ts';
import { LABEL_PX, heightOf, paintSpaceTime, scaleOf } from './space-time-paint.ts';
import { nameOf } from './topology-lines.ts';
import './space-time.css';
import type { ViewProps } from './view-props.ts';

const MOST_LANES = 24;
const REACH_PX = 7;
/** Share of its length by which a window moves. */
const PAN_SHARE = 0.5;
/** Messages a virtual second that are taken for granted before any were counted. */
const USUAL_RATE = 120;
/** A page narrower than this, in pixels, has room for fewer messages. */
const NARROW_PX = 600;

/** See the file's head. */
export function SpaceTime({ exploration, run, compared }: ViewProps) {
  const { cursorUs, window } = exploration;
  const { data } = run;
  const chosenLength = useSignal<number | undefined>(undefined);
  const last = useRef<Stretch>({ fromUs: 0, untilUs: 0 });
  const stretch = useComputed((): Stretch => {
    if (window.value !== undefined) return window.value;
    // A cursor that plays takes the window along once it stops.
    if (exploration.playing.value) return last.current;
    // Runs that are compared have windows of one length.
    const rates = [data.value, compared?.data.value].map((one) => rateAt(one, cursorUs.value));
    const lengthUs = chosenLength.value ?? goodLengthUs(Math.max(...rates) * (innerWidth < NARROW_PX ? 2.5 : 1));
    const untilUs = Math.max(cursorUs.value, Math.min(lengthUs, data.value?.reachedUs ?? 0));
    last.current = { fromUs: Math.max(0, untilUs - lengthUs), untilUs };
    return last.current;
  });
  const { found, isAsking, problem } = useMessages(exploration, run, stretch);
  const { fromUs, untilUs } = stretch.value;
  const lengthUs = untilUs - fromUs;
  const look = (from: number, length: number): void => {
    const start = Math.max(0, Math.round(from));
    window.value = { fromUs: start, untilUs: start + Math.max(1, Math.round(length)) };
  };
  const resize = (nextUs: number): void => {
    if (window.value === undefined) chosenLength.value = nextUs;
    else look(fromUs + (lengthUs - nextUs) / 2, nextUs);
  };
  if (problem !== undefined) return <p class="empty">{problem}</p>;
  const isMoving = exploration.following.value && run.phase.value === 'running';
  return (
    <div class="space-time-view" aria-busy={isAsking}>
      <div class="space-time-tools" role="group" aria-label="window">
        <button type="button" onClick={() => look(fromUs - lengthUs * PAN_SHARE, lengthUs)} aria-label="earlier">
          ◂
        </button>
        <button type="button" onClick={() => look(fromUs + lengthUs * PAN_SHARE, lengthUs)} aria-label="later">
          ▸
        </button>
        <label>
          <span class="visually-hidden">length of the window</span>
          <select value={lengthUs} onChange={({ currentTarget }) => resize(Number(currentTarget.value))}>
            {[...new Set([...LENGTHS, lengthUs])]
              .toSorted((a, b) => a - b)
              .map((one) => (
                <option key={one} value={one}>
                  {timeText(one)}
                </option>
              ))}
          </select>
        </label>
        {window.value !== undefined && (
          <button type="button" onClick={() => (window.value = undefined)}>
            to the cursor
          </button>
        )}
        <span class="space-time-span figures">
          {formatDuration(fromUs)} to {formatDuration(untilUs)}
        </span>
      </div>
      {found === undefined ? (
        <p class="empty">
          {isMoving
            ? 'Messages are shown once the run is held, or the cursor is moved.'
            : 'Repeating the run up to the window …'}
        </p>
      ) : (
        <Diagram exploration={exploration} data={data.value} found={found} onZoom={look} />
      )}
    </div>
  );
}

/** Messages a virtual second at a time by the timeline, and no fewer than in the run as a whole. */
function rateAt(data: RunData | undefined, atUs: number): number {
  const values = data?.timeline.charts.find(({ id }) => id === 'messages')?.series[0]?.values;
  if (values === undefined) return USUAL_RATE;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return Math.max(mean, values[rowAt(data?.timeline.atUs ?? [], atUs)] ?? 0);
}

function Diagram({
  exploration,
  data,
  found,
  onZoom,
}: Pick<ViewProps, 'exploration'> & {
  data: RunData | undefined;
  found: MessageWindow;
  onZoom: (fromUs: number, lengthUs: number) => void;
}) {
  const { peer, cursorUs } = exploration;
  const lanes = useMemo(() => lanesOf(found, peer.value, MOST_LANES), [found, peer.value]);
  const slants = useMemo(() => slantsOf(found, lanes), [found, lanes]);
  const current = useSignal(-1);
  useEffect(() => {
    current.value = -1;
  }, [found]);
  const dragFrom = useRef<number | undefined>(undefined);
  const names = data?.peers ?? [];
  const lives = (data?.topology ?? emptyTrack()).lives;
  // While the cursor is elsewhere, its moves change nothing here.
  const cursor = useComputed(() =>
    cursorUs.value < found.fromUs || cursorUs.value > found.untilUs ? -1 : cursorUs.value,
  );
  const canvas = useCanvas(
    (surface) =>
      paintSpaceTime(surface, {
        window: found,
        lanes,
        slants,
        lives,
        names,
        cursorUs: cursor.value,
        chosen: peer.value,
        current: current.value,
      }),
    [found, lanes, slants, lives],
  );
  if (found.messages.length === 0) {
    return (
      <p class="empty">
        No message was under way in this window
        {found.timers.length > 0 ? `, and ${found.timers.length} timers fired` : ''}. Choose a longer one, or move it.
      </p>
    );
  }
  const usAt = (x: number): number => {
    const { width } = scaleOf(canvas.current?.clientWidth ?? 1, lanes.peers.length);
    return found.fromUs + ((x - LABEL_PX) / width) * (found.untilUs - found.fromUs);
  };
  const hit = (event: MouseEvent): number => {
    const scale = scaleOf(canvas.current?.clientWidth ?? 1, lanes.peers.length);
    return slantAt(slants, scale, event.offsetX - LABEL_PX, event.offsetY, REACH_PX);
  };
  const release = (event: PointerEvent): void => {
    const from = dragFrom.current;
    dragFrom.current = undefined;
    if (from === undefined) return;
    if (Math.abs(event.offsetX - from) > 12) {
      const [start, end] = [usAt(Math.min(from, event.offsetX)), usAt(Math.max(from, event.offsetX))];
      onZoom(start, end - start);
      return;
    }
    const slant = slants[hit(event)];
    moveCursor(exploration, slant === undefined ? usAt(event.offsetX) : slant.message.arrivesUs);
  };
  const lengthUs = found.untilUs - found.fromUs;
  const press = (event: KeyboardEvent): void => {
    const { key } = event;
    const slant = slants[current.value];
    if (key === 'ArrowDown' || key === 'ArrowRight') current.value = Math.min(slants.length - 1, current.value + 1);
    else if (key === 'ArrowUp' || key === 'ArrowLeft') current.value = Math.max(0, current.value - 1);
    else if (key === 'PageDown') onZoom(found.fromUs + lengthUs * PAN_SHARE, lengthUs);
    else if (key === 'PageUp') onZoom(found.fromUs - lengthUs * PAN_SHARE, lengthUs);
    else if (key === '+' || key === '=') onZoom(found.fromUs + lengthUs / 4, lengthUs / 2);
    else if (key === '-') onZoom(found.fromUs - lengthUs / 2, lengthUs * 2);
    else if (key === 'Escape') current.value = -1;
    else if (key === 'Enter' && slant !== undefined) moveCursor(exploration, slant.message.arrivesUs);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="space-time"
        style={{ height: `${heightOf(lanes.peers.length)}px` }}
        tabIndex={0}
        role="application"
        aria-label="space-time diagram; arrow keys go from message to message, Enter moves the cursor there, plus and minus zoom"
        onPointerDown={(event) => (dragFrom.current = event.offsetX)}
        onPointerMove={(event) => (current.value = hit(event))}
        onPointerLeave={() => (current.value = -1)}
        onPointerUp={release}
        onKeyDown={press}
      />
      <p class="space-time-said" aria-live="polite">
        {slants[current.value] === undefined
          ? summaryText(found, lanes, slants)
          : messageText(slants[current.value]!.message, names)}
      </p>
      <Key found={found} />
    </>
  );
}

function Key({ found }: { found: MessageWindow }) {
  const lost = found.messages.filter(({ arrived }) => !arrived).length;
  return (
    <ul class="space-time-key figures">
      {classesOf(found).map(({ name, count }, place) => {
        const { token, dash } = strokeOf(place);
        return (
          <li key={name}>
            <svg width="22" height="8" aria-hidden="true">
              <path d="M0 4H22" stroke={`var(--${token})`} stroke-width="2" stroke-dasharray={dash.join(' ')} />
            </svg>
            {name} <b>{count}</b>
          </li>
        );
      })}
      {lost > 0 && (
        <li>
          <svg width="10" height="10" aria-hidden="true">
            <path d="M1 1l8 8m0-8l-8 8" stroke="var(--broken)" stroke-width="1.6" />
          </svg>
          came too late: its receiver had ended <b>{lost}</b>
        </li>
      )}
      {found.timers.length > 0 && (
        <li>
          <svg width="6" height="10" aria-hidden="true">
            <path d="M3 1v8" stroke="var(--faint)" stroke-width="1.4" />
          </svg>
          timer <b>{found.timers.length}</b>
        </li>
      )}
    </ul>
  );
}

function messageText({ from, to, sentUs, arrivesUs, arrived, what }: MessageView, names: readonly string[]): string {
  const sender = from < 0 ? 'somebody' : nameOf(names, from);
  const end = arrived ? '' : '; its receiver had ended by then';
  return `${what}, ${sender} to ${nameOf(names, to)}: sent at ${formatDuration(sentUs)}, ${timeText(arrivesUs - sentUs)} under way${end}.`;
}

function summaryText({ messages, more }: MessageWindow, { leftOut }: Lanes, slants: readonly Slant[]): string {
  const parts = [`${messages.length.toLocaleString('en-GB')} messages`];
  if (more > 0) parts.push(`${more.toLocaleString('en-GB')} more than can be shown, from some moment on`);
  if (leftOut > 0)
    parts.push(
      `${slants.length.toLocaleString('en-GB')} of them drawn, as ${leftOut} peers have no lane; select a peer to see its own`,
    );
  return `${parts.join('; ')}. Drag to zoom.`;
}
