// Proof that the linter's bans bite: oxlint runs once, configured as in the project, over violations and their clean counterparts.
// Invariant: a case names the one rule that must catch it, and its counterpart does the like without a finding.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

/** A snippet that `rule` must refuse in each of `folders`, and one that no rule may refuse there. */
interface Case {
  readonly rule: string;
  readonly folders: readonly string[];
  readonly bad: string;
  readonly good: string;
  /** Whether `bad` is refused in a test file of the folder too. */
  readonly inTests: 'caught' | 'free';
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const PURE = ['sim', 'models'];
const BROWSER = ['sim', 'models', 'properties'];

/** What each folder may not import from. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  sim: ['models', 'host', 'properties', 'bench', 'cli', 'explorer'],
  models: ['host', 'properties', 'bench', 'cli', 'explorer'],
  host: ['properties', 'bench', 'cli', 'explorer'],
  properties: ['host', 'bench', 'cli', 'explorer'],
  bench: ['cli', 'explorer'],
  cli: ['bench', 'explorer'],
};

const NODE_GLOBALS = ['process', 'Buffer', 'require', 'module', 'exports', '__dirname', '__filename', 'global'];
const AMBIENT_GLOBALS = (
  'Date performance Temporal setTimeout setInterval setImmediate queueMicrotask clearTimeout clearInterval ' +
  'clearImmediate requestAnimationFrame requestIdleCallback globalThis window self crypto fetch ' +
  'XMLHttpRequest WebSocket Worker MessageChannel BroadcastChannel AbortSignal SharedArrayBuffer Atomics ' +
  'navigator document localStorage sessionStorage FinalizationRegistry'
).split(' ');
const INEXACT = (
  'random log log2 log10 log1p exp expm1 pow cbrt hypot sin cos tan asin acos atan atan2 sinh cosh tanh ' +
  'asinh acosh atanh'
).split(' ');
const LOCALE_METHODS =
  'localeCompare toLocaleString toLocaleDateString toLocaleTimeString toLocaleLowerCase toLocaleUpperCase'.split(' ');

const layerCases = Object.entries(FORBIDDEN).flatMap(([folder, targets]) =>
  targets.flatMap((target) =>
    [
      `import { a } from '../${target}/a.ts';\nexport const b: unknown = a;`,
      `import type { A } from '../${target}/a.ts';\nexport type B = A;`,
      `import '../${folder}/../${target}/a.ts';`,
      `export { a } from '../${target}/a.ts';`,
      `export * from '../${target}/index.ts';`,
      `export const a = (): unknown => import('../${target}/a.ts');`,
      `export type A = import('../${target}/a.ts').A;`,
      `import a = require('../${target}/a.ts');\nexport const b: unknown = a;`,
    ].map((bad) => layerCase(folder, bad)),
  ),
);

const cases = {
  layers: layerCases,
  package: [...Object.keys(FORBIDDEN), 'explorer'].flatMap((folder) => [
    layerCase(folder, `import { a } from 'quicksoak';\nexport const b: unknown = a;`),
    layerCase(folder, `export type { A } from 'quicksoak/models';`),
  ]),
  'unlisted-folder': [layerCase('elsewhere', `export { a } from '../sim/a.ts';`)],
  'node-modules': ['node:fs', 'node:fs/promises', 'node:test', 'fs', 'fs/promises', 'path', 'crypto', 'timers'].flatMap(
    (name) => [
      banOf('import(no-nodejs-modules)', BROWSER, `import * as a from '${name}';\nexport const b: unknown = a;`),
      banOf('import(no-nodejs-modules)', BROWSER, `export const a = (): unknown => import('${name}');`),
    ],
  ),
  'node-globals': [...NODE_GLOBALS, 'console', 'Intl'].map((name) => globalBan(name, BROWSER)),
  'ambient-globals': [
    ...AMBIENT_GLOBALS.map((name) => globalBan(name, PURE)),
    ...['globalThis.Date', `globalThis['performance']`, 'new Date()', 'Date.now()', 'typeof performance'].map((use) =>
      banOf('eslint(no-restricted-globals)', PURE, `export const a = (): unknown => ${use};`),
    ),
    banOf('eslint(no-restricted-globals)', PURE, `const { Date: A } = globalThis;\nexport const b: unknown = A;`),
    banOf('eslint(no-restricted-globals)', PURE, `const { now } = performance;\nexport const b: unknown = now;`),
  ],
  'code-from-text': [
    banOf('eslint(no-eval)', PURE, `export const a = (): unknown => eval('1');`, 'caught'),
    banOf('eslint(no-new-func)', PURE, `export const a = (): unknown => new Function('return 1');`, 'caught'),
  ],
  math: [
    ...INEXACT.map((name) => mathCase(`export const a = (): unknown => Math.${name}(1, 2);`)),
    mathCase(`export const a = (): unknown => Math['random']();`),
    mathCase(`export const a = (name: 'random'): unknown => Math[name]();`),
    mathCase(`export const a = (): unknown => Math?.random();`),
    mathCase(`const { random } = Math;\nexport const a: unknown = random;`),
    mathCase(`const { random: a } = Math;\nexport const b: unknown = a;`),
    mathCase(`export const a = ({ random } = Math): unknown => random;`),
    mathCase(`const a = Math;\nexport const b: unknown = a.random();`),
    mathCase(`export const a = (b: (math: Math) => void): void => b(Math);`),
  ],
  power: [
    ['a ** b', '2 ** 32'],
    ['a ** 2', '2 ** -32'],
    ['2 ** b', '10 ** 6'],
    ['10 ** -3', '3 ** 4'],
    ['2 ** 0.5', '2 ** 52'],
    ['(a **= b)', 'a * b'],
    ['2 ** SHARE', '2 ** (53 - BITS)'],
    ['2 ** (a - 1)', 'Number(10n ** BigInt(a))'],
  ].map(([bad, good]) => {
    const withPower = (power = ''): string =>
      `export const BITS = 25;\nexport const SHARE = 0.5;\nexport const f = (a: number, b: number): number[] => [a, b, ${power}];`;
    return { ...mathCase(withPower(bad)), good: withPower(good) };
  }),
  locale: LOCALE_METHODS.flatMap((name) => [
    banOf('eslint(no-restricted-properties)', BROWSER, `export const a = (b: any): unknown => b.${name}('c');`),
    banOf('eslint(no-restricted-properties)', BROWSER, `export const a = (b: any): unknown => b['${name}']('c');`),
    banOf('eslint(no-restricted-properties)', BROWSER, `export const a = ({ ${name} }: any): unknown => ${name};`),
  ]),
  garbage: [
    banOf('eslint(no-restricted-properties)', BROWSER, `export const a = (b: WeakRef<object>): unknown => b.deref();`),
  ],
  correctness: [
    inCli('typescript(no-floating-promises)', `export const a = (b: Promise<void>): void => {\n  b;\n};`),
    inCli('typescript(no-misused-promises)', `export const a = (b: () => Promise<void>): void => [1].forEach(b);`),
    inCli('typescript(no-explicit-any)', `export const a = (b: any): unknown => b as unknown;`),
    inCli(
      'typescript(no-unsafe-assignment)',
      `export const a = (b: string): void => {\n  const { c } = JSON.parse(b);\n  a(c as string);\n};`,
      'free',
    ),
    inCli('typescript(consistent-type-imports)', `import { A } from './a.ts';\nexport const b = (c: A): A => c;`),
    inCli('typescript(consistent-type-imports)', `export type B = import('./a.ts').A;`),
    inCli(
      'typescript(switch-exhaustiveness-check)',
      `export const a = (b: 'c' | 'd'): void => {\n  switch (b) {\n    case 'c':\n      a('d');\n  }\n};`,
    ),
    inCli('typescript(ban-ts-comment)', `// @ts-ignore\nexport const a: string = 1;`),
    inCli('eslint(eqeqeq)', `export const a = (b: number, c: number): boolean => b == c;`),
    inCli('eslint(no-unused-vars)', `const a = 1;\nexport {};`),
    inCli('eslint(no-warning-comments)', `// TODO: more\nexport const a = 1;`),
    inCli('import(no-default-export)', `export default 1;`),
    inCli('unicorn(no-abusive-eslint-disable)', `/* oxlint-disable */\nexport const a = 1;`),
    inCli('unicorn(no-abusive-eslint-disable)', `// oxlint-disable-next-line\nexport const a = 1;`),
  ],
} satisfies Record<string, readonly Case[]>;

type Kind = 'bad' | 'good' | 'test';
const placed = Object.entries(cases).flatMap(([group, list]: [string, readonly Case[]]) =>
  list.flatMap((one, index) =>
    one.folders.map((layer) => {
      const name = `${layer}/${group}-${index}`;
      return {
        one,
        group,
        layer,
        file: (kind: Kind): string => `${name}${{ bad: '-bad', good: '-good', test: '.test' }[kind]}.ts`,
      };
    }),
  ),
);

let folder = '';
const findings = new Map<string, string[]>();

test.before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'quicksoak-bans-')));
  for (const name of ['.oxlintrc.json', 'oxlint-plugin.js', 'tsconfig.json', 'package.json']) {
    await cp(join(PROJECT, name), join(folder, name));
  }
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const layer of [...Object.keys(FORBIDDEN), 'explorer', 'elsewhere']) await mkdir(join(folder, layer));
  for (const { one, file } of placed) {
    await Promise.all([
      writeFile(join(folder, file('bad')), `${one.bad}\n`),
      writeFile(join(folder, file('good')), `${one.good}\n`),
      writeFile(join(folder, file('test')), `${one.bad}\n`),
    ]);
  }
  const { diagnostics } = JSON.parse(oxlint()) as { diagnostics: { code: string; filename: string }[] };
  for (const { code, filename } of diagnostics) {
    const file = filename.replaceAll('\\', '/');
    findings.set(file, [...(findings.get(file) ?? []), code]);
  }
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

for (const group of Object.keys(cases)) {
  test(`every violation of ${group} is caught by its rule, and no clean counterpart`, (t) => {
    for (const { one, layer, file } of placed.filter((place) => place.group === group)) {
      const found = (kind: Kind): string[] => findings.get(file(kind)) ?? [];
      t.true(found('bad').includes(one.rule), `${layer} must not hold: ${one.bad}\nfound: ${found('bad').join(', ')}`);
      t.deepEqual(found('good'), [], `${layer} may hold: ${one.good}`);
      t.is(found('test').includes(one.rule), one.inTests === 'caught', `in a test file of ${layer}: ${one.bad}`);
    }
  });
}

test('no source of sim, models or properties opts out of a ban', async (t) => {
  const bans = Object.values(cases).flatMap((list: readonly Case[]) =>
    list.filter((one) => one.folders.includes('sim')),
  );
  const rules = [...new Set(bans.map((one) => one.rule.replace(/^.*\(|\)$/g, '')))];
  const optOut = new RegExp(`lint-disable(?!-(next-)?line)|lint-disable.*(${rules.join('|')})`);
  for (const layer of BROWSER) {
    for (const name of await readdir(join(PROJECT, layer), { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      t.notRegex(await readFile(join(PROJECT, layer, name), 'utf8'), optOut, `${layer}/${name}`);
    }
  }
});

/** A ban in `folders`; its clean counterpart is a plain export. */
function banOf(rule: string, folders: readonly string[], bad: string, inTests: Case['inTests'] = 'free'): Case {
  return { rule, folders, bad, good: 'export const a = 1;', inTests };
}

/** The clean counterpart imports from a neighbour; test files keep to the layers too. */
function layerCase(layer: string, bad: string): Case {
  return { ...banOf('quicksoak(layers)', [layer], bad, 'caught'), good: `export { a } from './a.ts';` };
}

/** The clean counterpart uses the name for a member. */
function globalBan(name: string, folders: readonly string[]): Case {
  const good = `export const a = (b: { ${name}: number }): unknown => ({ ${name}: b.${name} });`;
  return { ...banOf('eslint(no-restricted-globals)', folders, `export const a = (): unknown => ${name};`), good };
}

function mathCase(bad: string): Case {
  return {
    ...banOf('quicksoak(exact-math)', PURE, bad),
    good: 'export const a = (b: number): number => Math.floor(b * Math.LN2);',
  };
}

function inCli(rule: string, bad: string, inTests: Case['inTests'] = 'caught'): Case {
  return banOf(rule, ['cli'], bad, inTests);
}

/** What oxlint reports of the whole folder, as JSON. */
function oxlint(): string {
  const command = join(PROJECT, 'node_modules/oxlint/bin/oxlint');
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, '--format', 'json'], options);
  // It exits with 1 when it finds something, which is what is wanted here.
  if (status !== 1) throw new Error(`oxlint exited with ${status}: ${stderr}`);
  return stdout;
}
