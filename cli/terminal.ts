// Standard output and standard error: what can be shown there, and what becomes of a reader that went away.
// Invariant: a closed pipe ends no run and prints nothing; colours are for terminals whose user has not declined them.
import pc from 'picocolors';
import { EXIT } from './exit-codes.ts';
import { systemErrorText } from './system-error.ts';

/** Widest line that tables and texts are set to, in columns. */
const MOST_COLUMNS = 160;

/** True when standard output is a terminal. */
export const isTerminal: boolean = process.stdout.isTTY === true;

/** Columns to set text in; undefined when lines are not to be broken, as for a file or a pipe. */
export const columns: number | undefined = isTerminal
  ? Math.min(MOST_COLUMNS, process.stdout.columns || 80)
  : undefined;

/** Colours for standard output, or plain text: NO_COLOR declines, FORCE_COLOR insists, else a terminal decides. */
export const paint: ReturnType<typeof pc.createColors> = pc.createColors(wantsColour(process.env));

/** Prints text and a newline on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints one line on standard error. */
export function complain(text: string): void {
  process.stderr.write(`quicksoak: ${text.replaceAll(/\s*\n\s*/g, '; ')}\n`);
}

/** From now on a reader that goes away (`| head`) is no error; a full disk is told in a sentence. */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = EXIT.usage;
    complain(`standard output cannot be written: ${systemErrorText(error)}`);
  });
  // Where complaints go nothing can be complained about.
  process.stderr.on('error', () => {});
}

function wantsColour(env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}
