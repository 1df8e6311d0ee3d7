// The table of the corpus: what each defect breaks, in how small a run, and whether all holds without it.
// Invariant: a row for each defect that was run, in the order of the corpus.
import type { CorpusRow } from '../commands/corpus.ts';
import { paint } from '../terminal.ts';
import { borderless } from './verdicts.ts';

/** The table and its last line. */
export function corpusText(rows: readonly CorpusRow[]): string {
  const caught = rows.filter((row) => row.caught).length;
  const table = borderless(
    ['', 'defect', 'nodes', 'actions', 'time', 'with it', 'without', 'source'],
    rows.map((row) => [
      row.caught ? paint.green('✓') : paint.red('✗'),
      row.defect,
      String(row.nodes),
      String(row.actions),
      row.length,
      withText(row),
      row.brokenWithout.length === 0 ? 'held' : paint.red(`${row.brokenWithout.join(', ')} broke`),
      paint.dim(row.source),
    ]),
    5,
  );
  const told = `${caught} of ${rows.length} caught: red with the defect, green without`;
  return `${rows.length === 0 ? '' : `${table}\n\n`}${caught === rows.length ? paint.green(told) : paint.red(told)}`;
}

/** The first cause of each property that the row expects, and what it expected in vain. */
function withText({ expected, causes, trouble }: CorpusRow): string {
  if (trouble !== null) return paint.red(trouble);
  return expected
    .map((name) => causes.find((cause) => cause === name || cause.startsWith(`${name}: `)) ?? paint.red(`${name} held`))
    .join('; ');
}
