// Modules of one's own as a user names them: what is wrong with one is told in one sentence.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { InputError } from '../sim/errors.ts';
import { catalogueOf } from './own-parts.ts';
import { assertRefused, quicksoak } from './quicksoak.test.fixture.ts';
import type { Ran } from './quicksoak.test.fixture.ts';

const MODELS = JSON.stringify(new URL('../models/index.js', import.meta.url).href);

/** The source of a module that declares a model of that name, with more of its declaration. */
function declared(name: string, more = ''): string {
  return `
import { defineModel } from ${MODELS};
export const model = defineModel({
  name: ${JSON.stringify(name)}, summary: 'nodes that wait', longestTimerUs: 1_000_000,
  state: () => ({}),
  handle(state, input, io) {
    if (input.kind === 'start') io.setTimer(1_000_000, 'tick');
  },
  ${more}
});
export const silent = { name: 'silent', judge: () => ({ name: 'silent', ok: true, judged: true, figure: '0', limit: '0', evidence: [] }) };
`;
}

/** Runs the command where a module of that source is `own.mjs`. */
async function withModule(source: string, ...words: string[]): Promise<Ran> {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    await writeFile(join(cwd, 'own.mjs'), source);
    await mkdir(join(cwd, 'folder'));
    return await quicksoak(words, { cwd });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

test('a module that awaits what never comes is refused, at once where nothing is left to happen', async (t) => {
  const never = 'await new Promise(() => {});';
  const ran = await withModule(never, 'soak', 'mine', '--use', 'own.mjs');
  assertRefused(t, ran, 'a module that never loads');
  t.regex(
    ran.stderr,
    /--use: received own\.mjs, which has not loaded and never will, as nothing is left to happen, exp/,
  );
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const busy = join(cwd, 'busy.mjs');
  await writeFile(busy, never);
  const error = await t.throwsAsync(catalogueOf([busy], 20), { instanceOf: InputError });
  t.is(error.code, 'unsettled-module');
  t.true(error.message.includes('busy.mjs, which has not loaded after 0.02 s, expected a module'), error.message);
  await rm(cwd, { recursive: true });
});

test('a module that ends the process is refused', async (t) => {
  for (const code of ['', '0', '7']) {
    const ran = await withModule(`process.exit(${code});`, 'soak', 'mine', '--use', 'own.mjs');
    assertRefused(t, ran, `exit(${code})`);
    t.regex(ran.stderr, /received own\.mjs, which ends the process while it loads/);
  }
});

test('a model that ends the process while it runs is told in one sentence', async (t) => {
  const source = declared('mine').replace("io.setTimer(1_000_000, 'tick');", 'process.exit(0);');
  for (const command of ['soak', 'check-determinism']) {
    const ran = await withModule(source, command, 'mine', '--use', 'own.mjs', '--seed', '1', '--nodes', '3');
    t.is(ran.code, 2, `${command}: ${ran.stdout}`);
    t.regex(ran.stderr, /^quicksoak: received a model or property that ends the process with exit code 0, [^\n]+\n$/);
  }
});

test('a directory, and nothing, is no module', async (t) => {
  for (const [path, said] of [
    ['.', 'received ., which is a directory, expected a JavaScript module'],
    ['folder', 'received folder, which is a directory, expected a JavaScript module'],
    ['', 'received an empty path, which is a directory'],
    ['absent.mjs', 'received absent.mjs, expected a JavaScript module, which is not there'],
  ] as const) {
    const ran = await withModule('', 'soak', '--use', path);
    assertRefused(t, ran, path);
    t.true(ran.stderr.includes(said), ran.stderr);
    t.notRegex(ran.stderr, /own-parts/);
  }
});

test('what a declaration says of its mistake is passed on', async (t) => {
  const ran = await withModule(declared('mine', "transport: 'pigeons',"), 'soak', 'mine', '--use', 'own.mjs');
  assertRefused(t, ran, 'a bad declaration');
  t.regex(ran.stderr, /^quicksoak: --use: own\.mjs: model "mine": transport: received "pigeons"/);
  const thrown = await withModule("throw new RangeError('no such luck');", 'soak', 'mine', '--use', 'own.mjs');
  t.is(thrown.code, 2);
  t.regex(thrown.stderr, /own\.mjs, expected a JavaScript module that can be imported: RangeError: no such luck\n$/);
});

test('a model named like a scenario is refused', async (t) => {
  const ran = await withModule(declared('stuck-loops'), 'soak', 'stuck-loops', '--use', 'own.mjs');
  assertRefused(t, ran, 'stuck-loops');
  t.regex(ran.stderr, /--use: own\.mjs: received a model of the name "stuck-loops", expected one that no scenario has/);
});

test('list shows what a module holds, as text and as data', async (t) => {
  const text = await withModule(declared('mine', "defects: { forgets: 'it forgets' },"), 'list', '--use', 'own.mjs');
  t.deepEqual({ code: text.code, stderr: text.stderr }, { code: 0, stderr: '' });
  t.regex(text.stdout, /\n {2}mine +nodes that wait\n/);
  t.regex(text.stdout, /\n {2}mine {2}nodes that wait \(/);
  t.regex(text.stdout, /\n {2}forgets .*it forgets/);
  t.regex(text.stdout, /\n {2}silent/);
  const { stdout } = await withModule(declared('mine'), 'list', '--json', '--use', 'own.mjs');
  const data = JSON.parse(stdout) as Record<string, readonly { readonly name: string }[]>;
  for (const [section, name] of [
    ['scenarios', 'mine'],
    ['scenarios', 'swarm'],
    ['models', 'mine'],
    ['properties', 'silent'],
    ['properties', 'no-wedge'],
  ] as const) {
    t.true(
      data[section]!.some((part) => part.name === name),
      `${section}: ${name}`,
    );
  }
});

test('a name that is not known is told with --use, unless it was given', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  await writeFile(join(cwd, 'own.json'), JSON.stringify({ model: 'mine' }));
  for (const words of [
    ['soak', 'mine'],
    ['soak', 'own.json'],
    ['soak', '--property', 'mine'],
  ]) {
    const ran = await quicksoak(words, { cwd });
    assertRefused(t, ran, words.join(' '));
    t.regex(
      ran.stderr,
      /unknown (scenario|model|property) "mine".*; a model or property of your own is known with --use <module>\n$/,
    );
  }
  await rm(cwd, { recursive: true });
  const given = await withModule(declared('mine'), 'soak', 'mein', '--use', 'own.mjs');
  assertRefused(t, given, 'mein');
  t.regex(given.stderr, /Known: mesh, mine, [^;]*\n$/);
});
