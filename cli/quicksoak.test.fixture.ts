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
const EACH = fileURLToPath(new URL('./quicksoak-each.test.fixture.js', import.meta.url));

/** A mistake: the words after `quicksoak`, and what the sentence about it must hold. */
export type Mistake = readonly [words: readonly string[], ...said: readonly (string | RegExp)[]];

/** Runs `quicksoak` with these words, without a terminal. */
export function quicksoak(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(MAIN, words, options);
}

function run(main: string, words: readonly string[], options: RunOptions): Promise<Ran> {
  // ava asks its processes for colours; a user's pipe does not.
  const env = { ...process.env };
  delete env['FORCE_COLOR'];
  const child = spawn(process.execPath, [main, ...words], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
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

/** What `quicksoak` gives for each of these lines, one after the other in one process: starting is most of what a short one takes. */
export async function quicksoakEach(lines: readonly (readonly string[])[], options: RunOptions = {}): Promise<Ran[]> {
  const { code, stdout, stderr } = await run(EACH, [JSON.stringify(lines)], options);
  if (code !== 0) throw new Error(`a line ended the process of all with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Ran[];
}

/** Asserts that each of these is refused as a mistake. */
export async function assertMistakes(
  t: ExecutionContext,
  mistakes: readonly Mistake[],
  options: RunOptions = {},
): Promise<void> {
  const lines = mistakes.map(([words]) => words);
  const refused = await quicksoakEach(lines, options);
  for (const [index, [words, ...said]] of mistakes.entries()) {
    const what = words.join(' ').slice(0, 100);
    const ran = refused[index]!;
    assertRefused(t, ran, what);
    for (const text of said) {
      const found = typeof text === 'string' ? ran.stderr.includes(text) : text.test(ran.stderr);
      t.true(found, `${what}: ${text} in ${ran.stderr}`);
    }
  }
}

/** Asserts that a run was refused as a user's mistake: exit code 2, one sentence, no stack. */
export function assertRefused(t: ExecutionContext, { code, stdout, stderr }: Ran, what: string): void {
  t.is(code, 2, `${what}: ${stderr}`);
  t.is(stdout, '', what);
  t.regex(stderr, /^quicksoak: [^\n]+\n$/, what);
  t.notRegex(stderr, /\n\s+at |Error:|undefined|\[object/, what);
}
