// Runs the real command as a child process, as a user would.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** What a run of the command gave. */
export interface Ran {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  readonly cwd?: string;
  /** Called with the process, and what it has printed, as soon as it has printed something on standard output. */
  readonly onOutput?: (child: ChildProcess, text: string) => void;
}

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Runs `quicksoak` with these words, without a terminal. */
export function quicksoak(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  // ava asks its processes for colours; a user's pipe does not.
  const env = { ...process.env };
  delete env['FORCE_COLOR'];
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let told = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (!told) options.onOutput?.(child, stdout);
    told = true;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Asserts that a run was refused as a user's mistake: exit code 2, one sentence, no stack. */
export function assertRefused(t: ExecutionContext, { code, stdout, stderr }: Ran, what: string): void {
  t.is(code, 2, `${what}: ${stderr}`);
  t.is(stdout, '', what);
  t.regex(stderr, /^quicksoak: [^\n]+\n$/, what);
  t.notRegex(stderr, /\n\s+at |Error:|undefined|\[object/, what);
}
