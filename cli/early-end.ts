// What ends the process, or its thread, while the command works: only what a module of --use holds does that.
// Invariant: such an end is told in a sentence with exit code 2, whatever code it was asked for.
import { InputError } from '../sim/errors.ts';
import { EXIT } from './exit-codes.ts';
import { complain } from './terminal.ts';

/** The mistake of a model or property that ends what it runs in. */
export function earlyEnd(code: number): InputError {
  const message = `received a model or property that ends the process with exit code ${code}, expected it to return`;
  return new InputError('ended-process', message, { code });
}

/** Does work in this process; an end of the process meanwhile, but by a signal, is told as {@link earlyEnd}. */
export async function toldIfEnded<Result>(work: () => Promise<Result>): Promise<Result> {
  const tell = (code: number): void => {
    if (code === EXIT.interrupted) return;
    process.exitCode = EXIT.usage;
    complain(earlyEnd(code).message);
  };
  process.once('exit', tell);
  try {
    return await work();
  } finally {
    process.off('exit', tell);
  }
}
