// `npm run mutants`: tries every clean-up line of the stack, and prints what came of each file.
// Invariant: it ends with 0 only if each mutant was caught, or may survive for a reason that stands in `equivalents.ts`.
import { parseArgs } from 'node:util';
import { integerFlag, ofShard, script, shardFlag } from './arguments.ts';
import { allowanceOf, MutationCheck } from './mutation.ts';
import type { MutantVerdict } from './mutation.ts';
import type { Mutant } from './mutants.ts';
import { plainTable, print } from './print.ts';

const USAGE = `usage: npm run mutants -- [options]

Takes away one clean-up line of the stack at a time, and looks whether a property turns red.

  --only <text>   only lines whose place or text contains it, such as models/quic or cancelTimer
  --quick         every tenth line
  --open          only lines that no reason allows to survive
  --jobs <count>  processes (default: 2)
  --shard <i/n>   every n-th line only
  --list          name the lines and try none
  --verbose       print what caught each
  --help

Exit codes: 0 every mutant caught or allowed, 1 some survived, 2 bad usage, 130 interrupted.`;

const KINDS = ['caught', 'crashed', 'survived', 'unreached'] as const;
const QUICK_SHARD = { index: 1, count: 10 };

await script(main);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
      shard: { type: 'string', default: '1/1' },
      list: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE);
  const check = new MutationCheck();
  const asked = check.mutants.filter((mutant) => {
    const { place, line } = mutant;
    if (values.open && allowanceOf(mutant) !== undefined) return false;
    return place.includes(values.only) || line.text.includes(values.only);
  });
  const mutants = ofShard(values.quick ? ofShard(asked, QUICK_SHARD) : asked, shardFlag(values.shard));
  if (values.list) return print(mutants.map((mutant) => nameOf(mutant)).join('\n'));
  await tryAll(check, mutants, integerFlag('--jobs', values.jobs, 1, 64), values.verbose);
}

async function tryAll(
  check: MutationCheck,
  mutants: readonly Mutant[],
  count: number,
  verbose: boolean,
): Promise<void> {
  const began = performance.now();
  const verdicts: MutantVerdict[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      check.close();
      process.exit(130);
    });
  }
  try {
    await check.run(mutants, count, (verdict) => {
      verdicts.push(verdict);
      if (verbose || !isAsExpected(verdict)) print(`[${verdicts.length} of ${mutants.length}] ${verdictLine(verdict)}`);
    });
  } finally {
    check.close();
  }
  const inOrder = verdicts.toSorted((a, b) => a.mutant.index - b.mutant.index);
  print(tableOf(inOrder));
  for (const { file, within, text } of check.strayEquivalents)
    print(`allowed, and not there: ${file} ${within} | ${text}`);
  const unexpected = inOrder.filter((verdict) => !isAsExpected(verdict));
  if (unexpected.length > 0)
    print(['', 'not as expected:', ...unexpected.map((verdict) => verdictLine(verdict))].join('\n'));
  print(`\n${shareLine(inOrder)}, in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  process.exitCode = unexpected.length + check.strayEquivalents.length > 0 ? 1 : 0;
}

/** A line that may survive must do so, lest the reason be wrong. */
function isAsExpected({ kind, allowed }: MutantVerdict): boolean {
  const isCaught = kind === 'caught' || kind === 'crashed';
  return isCaught === (allowed === undefined);
}

function nameOf({ place, line: { within, text } }: Mutant): string {
  return `${place} ${within} | ${text}`;
}

function verdictLine({ mutant, kind, scenario, what, allowed }: MutantVerdict): string {
  const where = scenario === '' ? '' : ` in "${scenario}"`;
  const reason = allowed === undefined ? '' : ` (allowed: ${allowed.reason})`;
  return `${kind}: ${nameOf(mutant)}\n    ${what}${where}${reason}`;
}

function tableOf(verdicts: readonly MutantVerdict[]): string {
  const files = [...new Set(verdicts.map(({ mutant }) => mutant.file))];
  const rowOf = (name: string, of: readonly MutantVerdict[]): (string | number)[] => [
    name,
    of.length,
    ...KINDS.map((kind) => of.filter((verdict) => verdict.kind === kind).length),
    of.filter(({ allowed }) => allowed !== undefined).length,
  ];
  const rows = files.map((file) =>
    rowOf(
      file,
      verdicts.filter(({ mutant }) => mutant.file === file),
    ),
  );
  return plainTable(['module', 'lines', ...KINDS, 'allowed'], [...rows, rowOf('all', verdicts)]);
}

function shareLine(verdicts: readonly MutantVerdict[]): string {
  const caught = verdicts.filter(({ kind }) => kind === 'caught' || kind === 'crashed').length;
  const allowed = verdicts.filter((verdict) => verdict.allowed !== undefined && isAsExpected(verdict)).length;
  const percent = ((100 * caught) / Math.max(1, verdicts.length - allowed)).toFixed(1);
  return `${caught} of ${verdicts.length} caught, ${allowed} allowed: ${percent} % of those that may not survive`;
}
