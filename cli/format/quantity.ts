// Figures with units, short enough for a table.

const SCALES: Readonly<Record<string, readonly (readonly [least: number, unit: string])[]>> = {
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ],
  us: [
    [1e6, 's'],
    [1e3, 'ms'],
  ],
};

/**
 * A figure with its unit, scaled: `1.2 MB`, `340 ms`, `12`.
 *
 * @param unit - `bytes`, `us` (microseconds), `%` for a share from 0 to 1, or any other, shown as it is; empty for a count.
 */
export function shownQuantity(value: number, unit: string): string {
  if (unit === '%') return `${digits(value * 100)}%`;
  const scale = SCALES[unit]?.find(([least]) => Math.abs(value) >= least);
  const [divisor, name] = scale ?? [1, unit];
  return `${digits(value / divisor)}${name === '' ? '' : ` ${name}`}`;
}

/** Three significant digits; whole numbers in full. */
function digits(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
