// What the operating system says, in words.
import { getSystemErrorMap } from 'node:util';

/** The words for an error of a system call, such as `no such file or directory`; else the error's own message. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? error.message;
}
