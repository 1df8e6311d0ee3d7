// One chart with its key: curves over virtual time, the cursor across it, and the values at the cursor or the pointer.
// Invariant: a click, a drag and the arrow keys move the one time cursor.
import { effect, useComputed, useSignal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { timeText } from '../../properties/view/time-text.ts';
import type { Exploration } from '../run/exploration.ts';
import { moveCursor } from '../run/exploration.ts';
import { amountText, chartOptions } from './chart-options.ts';
import type { ChartInput } from './chart-options.ts';
import { columnsOf, rowAt } from './curves.ts';
import { palette, strokeOf } from './palette.ts';

const ROW_STEPS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 } as Readonly<Record<string, number>>;

interface Props extends ChartInput {
  readonly exploration: Exploration;
  /** Row under the pointer, of all charts; undefined when it is on none. */
  readonly hoveredRow: Signal<number | undefined>;
  readonly tall: boolean;
}

/** See the file's head. */
export function ChartBox(props: Props) {
  const { chart, data, exploration, tall } = props;
  const { atUs } = data.timeline;
  const { host, line } = usePlot(props);
  // The cursor moves at every frame while it plays, the row with every sample.
  const row = useRow(props).value;
  const press = (event: KeyboardEvent): void => {
    const { key } = event;
    const here = rowAt(atUs, exploration.cursorUs.value);
    const by = (ROW_STEPS[key] ?? 0) * (event.shiftKey ? 10 : 1);
    const to = key === 'Home' ? 0 : key === 'End' ? atUs.length - 1 : by === 0 ? undefined : here + by;
    if (to === undefined) return;
    event.preventDefault();
    moveCursor(exploration, atUs[Math.min(Math.max(0, to), atUs.length - 1)] ?? 0);
  };
  const said = chart.series.map(({ name, values }) => `${name} ${amountText(values[row] ?? 0, chart.unit)}`);
  return (
    <figure class={`chart${tall ? ' tall' : ''}`} data-chart={chart.id}>
      <figcaption>
        <span class="chart-title">
          {chart.title}
          {chart.unit === 'cores' ? ', in cores' : ''}
        </span>
        <ul class="chart-key figures">
          {chart.series.map(({ name, values }, place) => (
            <li key={name}>
              <Swatch place={place} />
              {name} <b>{amountText(values[row] ?? 0, chart.unit)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={host}
        class="chart-plot"
        tabIndex={0}
        role="slider"
        aria-label={`${chart.title}; arrow keys move the time cursor`}
        aria-valuemin={0}
        aria-valuemax={Math.round(data.endUs / 1e6)}
        aria-valuenow={Math.round((atUs[row] ?? 0) / 1e6)}
        aria-valuetext={`${timeText(atUs[row] ?? 0)}: ${said.join(', ')}`}
        onKeyDown={press}
      >
        <span ref={line} class="chart-cursor" />
      </div>
    </figure>
  );
}

/** The row under the pointer, or that of the cursor. */
function useRow({ data, exploration, hoveredRow }: Props): ReadonlySignal<number> {
  const times = useSignal(data.timeline.atUs);
  if (times.peek() !== data.timeline.atUs) times.value = data.timeline.atUs;
  return useComputed(() => hoveredRow.value ?? rowAt(times.value, exploration.cursorUs.value));
}

function Swatch({ place }: { place: number }) {
  const { token, dash } = strokeOf(place);
  return (
    <svg width="20" height="8" aria-hidden="true">
      <path d="M0 4H20" stroke={`var(--${token})`} stroke-width="2" stroke-dasharray={dash.join(' ')} />
    </svg>
  );
}

/** Keeps a plot in the host element: made anew for other curves, given new values as they come. */
function usePlot(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const drawn = useSignal(0);
  const { chart, data, exploration, tall } = props;
  const curves = `${chart.id} ${tall} ${chart.series.map(({ name }) => name).join('\n')}`;
  useEffect(() => {
    const element = host.current!;
    const size = () => ({ width: Math.max(120, element.clientWidth), height: tall ? 168 : 118 });
    const { timeline } = latest.current.data;
    const made = new uPlot(
      chartOptions(() => latest.current, size()),
      columnsOf(timeline.atUs, latest.current.chart) as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    made.over.append(line.current!);
    drawn.value++;
    const stopPointer = followPointer(made, () => latest.current);
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === made.width) return;
      made.setSize(size());
      drawn.value++;
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      stopPointer();
      // The line is preact's: it goes back before the plot takes its elements away.
      element.append(line.current!);
      made.destroy();
    };
  }, [curves]);
  useEffect(() => {
    plot.current?.setData(columnsOf(data.timeline.atUs, chart) as uPlot.AlignedData);
    drawn.value++;
  }, [data, props.peak, props.endUs]);
  useEffect(
    () =>
      effect(() => {
        void palette.value;
        plot.current?.redraw(false);
      }),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        void drawn.value;
        const made = plot.current;
        if (made === undefined || line.current === null) return;
        const x =
          (exploration.cursorUs.value / Math.max(1, latest.current.endUs)) * (made.bbox.width / devicePixelRatio);
        line.current.style.transform = `translateX(${Math.round(x)}px)`;
      }),
    [exploration],
  );
  return { host, line };
}

/** The pointer shows values, and moves the cursor when it is pressed. */
function followPointer(plot: uPlot, latest: () => Props): () => void {
  const { over } = plot;
  const show = (): void => {
    const { hoveredRow } = latest();
    const row = plot.cursor.idx;
    hoveredRow.value = row === null || row === undefined ? undefined : row;
  };
  const leave = (): void => {
    latest().hoveredRow.value = undefined;
  };
  const move = (event: PointerEvent): void => {
    if (event.type === 'pointerdown') over.setPointerCapture(event.pointerId);
    if (event.buttons === 0) {
      show();
      return;
    }
    const { exploration } = latest();
    exploration.playing.value = false;
    moveCursor(exploration, plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x'));
  };
  over.addEventListener('pointerdown', move);
  over.addEventListener('pointermove', move);
  over.addEventListener('pointerleave', leave);
  return () => {
    over.removeEventListener('pointerdown', move);
    over.removeEventListener('pointermove', move);
    over.removeEventListener('pointerleave', leave);
  };
}
