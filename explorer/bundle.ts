// Bundles the explorer into one page: styles, scripts and the worker's code are all in it.
// Invariant: the page asks nothing of any other place, and its policy lets it: it works from a file, a server and offline.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';

const SOURCE = new URL('../../explorer/', import.meta.url);
const TARGET = new URL('./index.html', import.meta.url);

const SHARED: BuildOptions = {
  bundle: true,
  minify: true,
  write: false,
  target: 'es2023',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

const version = (JSON.parse(readFileSync(new URL('../package.json', SOURCE), 'utf8')) as { version: string }).version;
// What a task awaits is told by the names of classes, which must therefore stay as they are.
const worker = await bundled('run/worker.ts', {}, { keepNames: true });
const script = await bundled('page/main.tsx', {
  WORKER_CODE: JSON.stringify(worker.text),
  TOOL: JSON.stringify(`quicksoak ${version}`),
});
writeFileSync(TARGET, pageOf(script.text, script.css));

async function bundled(
  entry: string,
  define: Record<string, string>,
  options: BuildOptions = {},
): Promise<{ text: string; css: string }> {
  const { outputFiles } = await build({
    ...SHARED,
    ...options,
    entryPoints: [new URL(entry, SOURCE).pathname],
    outdir: 'out',
    define: { 'process.env.NODE_ENV': '"production"', ...define },
  });
  const textOf = (ending: string): string => outputFiles!.find(({ path }) => path.endsWith(ending))?.text ?? '';
  // What ends a script in HTML, wherever it stands.
  return { text: textOf('.js').replaceAll('</script', '<\\/script'), css: textOf('.css') };
}

function pageOf(code: string, css: string): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    'worker-src blob:',
    `style-src '${hashOf(css)}'`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return readFileSync(new URL('page/index.html', SOURCE), 'utf8')
    .replace('%POLICY%', () => policy)
    .replace('%STYLE%', () => css)
    .replace('%SCRIPT%', () => code);
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
