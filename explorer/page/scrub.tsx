// The bar along which the cursor is dragged: calms shaded, churn marked, and when each property broke.
// Invariant: it shows the whole planned time, and what has been simulated of it.
import { useEffect, useRef } from 'preact/hooks';
import { timeText } from '../../properties/view/time-text.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import { moveCursor } from '../run/exploration.ts';
import { theme } from '../theme.ts';
import type { Desk } from './desk.ts';

/** Share of the whole time that an arrow key moves by, and with shift. */
const KEY_SHARE = 0.002;
const WIDE_KEY_SHARE = 0.02;

/** See the file's head. */
export function Scrub({ desk }: { desk: Desk }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { exploration } = desk;
  const runs = exploration.runs.value.flatMap(({ data }) => data.value ?? []);
  const endUs = Math.max(1, ...runs.map((data) => data.endUs));
  const atUs = exploration.cursorUs.value;
  const shownTheme = theme.value;
  useEffect(() => {
    const draw = (): void => {
      if (canvas.current !== null) paint(canvas.current, runs, endUs, atUs);
    };
    draw();
    const observer = new ResizeObserver(draw);
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [...runs, runs.length, atUs, shownTheme]);
  const moveTo = (event: PointerEvent & { currentTarget: HTMLCanvasElement }): void => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    exploration.playing.value = false;
    moveCursor(exploration, ((event.clientX - left) / width) * endUs);
  };
  const press = (event: KeyboardEvent): void => {
    const by = endUs * (event.shiftKey ? WIDE_KEY_SHARE : KEY_SHARE);
    const to = { ArrowLeft: atUs - by, ArrowRight: atUs + by, Home: 0, End: endUs }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveCursor(exploration, to);
  };
  return (
    <canvas
      ref={canvas}
      class="scrub"
      tabIndex={0}
      role="slider"
      aria-label="virtual time"
      aria-valuemin={0}
      aria-valuemax={Math.round(endUs / 1e6)}
      aria-valuenow={Math.round(atUs / 1e6)}
      aria-valuetext={timeText(atUs)}
      onPointerDown={moveTo}
      onPointerMove={moveTo}
      onKeyDown={press}
    />
  );
}

function paint(canvas: HTMLCanvasElement, runs: readonly RunData[], endUs: number, atUs: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const x = (us: number): number => (us / endUs) * width;
  context.fillStyle = colour('--sunken');
  context.fillRect(0, 0, width, height);
  const [data] = runs;
  if (data === undefined) return;
  context.fillStyle = colour('--calm');
  for (const { fromUs, untilUs } of data.calms) context.fillRect(x(fromUs), 0, x(untilUs) - x(fromUs), height);
  context.strokeStyle = colour('--faint');
  context.lineWidth = 1;
  context.beginPath();
  for (const { atUs: us } of data.churn) {
    context.moveTo(Math.round(x(us)) + 0.5, height - 9);
    context.lineTo(Math.round(x(us)) + 0.5, height - 2);
  }
  context.stroke();
  context.fillStyle = colour('--line-strong');
  context.fillRect(0, height - 2, width, 2);
  context.fillStyle = colour('--accent');
  context.fillRect(0, height - 2, x(data.reachedUs), 2);
  context.fillStyle = colour('--broken');
  for (const { sinceUs } of runs.flatMap(({ findings }) => findings)) {
    if (sinceUs === undefined) continue;
    context.beginPath();
    context.moveTo(x(sinceUs) - 4, 0);
    context.lineTo(x(sinceUs) + 4, 0);
    context.lineTo(x(sinceUs), 7);
    context.fill();
  }
  context.fillStyle = colour('--cursor');
  context.fillRect(Math.min(width - 2, x(atUs) - 1), 0, 2, height);
}
