// What the scripts of this folder are asked for on the command line.
// Invariant: what is refused is told in one sentence, with the code `bad-usage`, before anything runs.
import { InputError } from '../../sim/errors.ts';
import { unknownName } from '../../sim/input.ts';

/** Which of several equal shares of the work is done; from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * An integer.
 *
 * @param flag - Its name, such as `--seeds`.
 * @throws {InputError} `bad-usage` for anything else, or out of range.
 */
export function integerFlag(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw refused(flag, text, `an integer between ${least} and ${most} (included)`);
}

/**
 * A share, such as `2/4`.
 *
 * @throws {InputError} `bad-usage` for anything else.
 */
export function shardFlag(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw refused('--shard', text, 'a share such as 1/4');
}

/** What falls to a shard, in order. */
export function ofShard<Item>(items: readonly Item[], { index, count }: Shard): Item[] {
  return items.filter((_, place) => place % count === index - 1);
}

/**
 * Names out of a list, separated by commas.
 *
 * @throws {InputError} For a name that is not known.
 */
export function namesFlag(flag: string, what: string, text: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) if (!known.includes(name)) throw unknownName(what, name, known, flag);
  return names;
}

/** Runs a script; a caller's mistake is one line and exit code 2. */
export async function script(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isMistake = error instanceof InputError || (error instanceof Error && isParseError(error));
    if (!isMistake) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** `parseArgs` has codes of its own for a flag that it does not know. */
function isParseError(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

function refused(flag: string, received: string, expected: string): InputError {
  return new InputError('bad-usage', `${flag}: received ${JSON.stringify(received)}, expected ${expected}`, { flag });
}
