// The growth that a piece of evidence speaks of, as numbers: whatever property it is from.
// Invariant: read from the evidence alone; evidence without a table of growth gives none.
import type { Evidence } from '../property.ts';
import type { GrowthView } from './run-data.ts';

/** Pairs of fields that hold a growth table: what drives, what grows, and what that counts. */
const TABLES = [
  ['departures', 'mentions', 'mentions'],
  ['departures', 'dials', 'dials'],
  ['departures', 'edges', 'edges'],
  ['drivers', 'elements', 'elements'],
  ['drivers', 'values', undefined],
] as const;

/** Undefined when the evidence has no table of growth. */
export function growthOf({ data, text }: Evidence): GrowthView | undefined {
  const slope = data['slopePerDeparture'] ?? data['slope'];
  if (typeof slope !== 'number') return undefined;
  for (const [driverField, valueField, unit] of TABLES) {
    const drivers = numbersIn(data[driverField]);
    const values = numbersIn(data[valueField]);
    if (drivers === undefined || values === undefined) continue;
    const driver = typeof data['driver'] === 'string' ? data['driver'] : driverField;
    return { driver, unit: unit ?? unitIn(text), slope, drivers, values };
  }
  return undefined;
}

/** Evidence of resources says its unit in its line, such as `137 tasks per departure`. */
function unitIn(text: string): string {
  return /: [-\d.]+ (\w+) per /.exec(text)?.[1] ?? 'elements';
}

function numbersIn(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
}
