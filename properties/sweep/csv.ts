// Comma-separated values, as RFC 4180 has them, of columns.
// Invariant: a cell is quoted when it must be, and what was text is never read as a formula or as two cells.

/** Columns of equal length as CSV: a line of names, then a line a row; null is an empty cell. */
export function csvOf(columns: Readonly<Record<string, readonly unknown[]>>): string {
  const lists = Object.values(columns);
  const rows = Array.from({ length: lists[0]?.length ?? 0 }, (_, row) => lists.map((list) => list[row]));
  return [Object.keys(columns), ...rows].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/** Rows of one form as columns. */
export function columnsOf<Row extends object>(
  rows: readonly Row[],
  names: readonly (keyof Row & string)[],
): Record<string, unknown[]> {
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
