// Axes: a round upper end, and values as they are read.
// Invariant: what is drawn is within the axis.

/** The next value of 1, 2 or 5 times a power of ten at or above `most`; 1 for nothing. */
export function roundUp(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= most * 0.999999) ?? most;
}

/** A value in its unit, with three digits: `1.2k`, `140 MB`, `0.025 cores`, `21.5/s`. */
export function valueText(value: number, unit: 'count' | 'per second' | 'bytes' | 'cores'): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB'], ' ');
    case 'count':
      return scaled(value, ['', 'k', 'M', 'G'], '');
    case 'per second':
      return `${scaled(value, ['', 'k', 'M', 'G'], '')}/s`;
    case 'cores':
      return `${digits(value)} cores`;
  }
}

function scaled(value: number, units: readonly string[], gap: string): string {
  let rest = value;
  let place = 0;
  while (Math.abs(rest) >= 1000 && place + 1 < units.length) {
    rest /= 1000;
    place++;
  }
  const unit = units[place]!;
  return `${digits(rest)}${unit === '' ? '' : gap + unit}`;
}

function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
