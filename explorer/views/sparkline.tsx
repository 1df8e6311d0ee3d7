// The growth of one thing, calm by calm, as a small picture.
// Invariant: it begins at zero, so that what does not grow looks flat; the same is said in words.
import { shownQuantity } from '../../cli/format/quantity.ts';

interface Props {
  readonly drivers: readonly number[];
  readonly values: readonly number[];
  /** In the plural, such as `departures`. */
  readonly driver: string;
  readonly grows: boolean;
  /** `bytes`, or anything else for a count. */
  readonly unit?: string;
  readonly width?: number;
  readonly height?: number;
}

const INSET_PX = 4;

/** See the file's head. */
export function Sparkline({ drivers, values, driver, grows, unit = '', width = 132, height = 34 }: Props) {
  if (values.length === 0) return null;
  const points = sparkPoints(drivers, values, width, height);
  const amount = (value: number): string => shownQuantity(value, unit === 'bytes' ? 'bytes' : '');
  const said = `from ${amount(values[0]!)} to ${amount(values.at(-1)!)} over ${values.length} calms, by ${driver}`;
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const last = points.at(-1)!;
  return (
    <svg class={`sparkline${grows ? ' grows' : ''}`} width={width} height={height} role="img" aria-label={said}>
      <path class="spark-base" d={`M0 ${height - 0.5}H${width}`} />
      <polyline class="spark-line" points={line} />
      {points.slice(0, -1).map(({ x, y }, place) => (
        <circle key={place} class="spark-dot" cx={x} cy={y} r="1.6" />
      ))}
      <circle class="spark-end" cx={last.x} cy={last.y} r="3" />
    </svg>
  );
}

function sparkPoints(drivers: readonly number[], values: readonly number[], width: number, height: number) {
  const [first, last] = [drivers[0] ?? 0, drivers.at(-1) ?? 0];
  const peak = Math.max(1e-9, ...values);
  return values.map((value, place) => {
    const share =
      last > first ? ((drivers[place] ?? last) - first) / (last - first) : place / Math.max(1, values.length - 1);
    return {
      x: INSET_PX + share * (width - 2 * INSET_PX),
      y: height - 1 - (value / peak) * (height - 2 * INSET_PX),
    };
  });
}
