// The mutants of the stack: one for each clean-up line of its compiled modules, with the source line that it stands for.
// Invariant: which mutants there are depends on the compiled modules alone; their order is that of files and lines.
import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { cleanUpLines } from './clean-up-lines.ts';
import type { CleanUpLine } from './clean-up-lines.ts';

/** The models that are mutated: each a module `<name>.js`, a folder of that name, or both. */
const STACK = ['mesh', 'gossip', 'quic', 'telemetry', 'hub', 'tls-proxy', 'topics', 'hyparview', 'plumtree', 'swarm'];

/** A clean-up line of the stack, taken away. */
export interface Mutant {
  /** From 0, over the whole stack. */
  readonly index: number;
  /** Module, from the compiled root, such as `models/quic/endpoint.js`. */
  readonly file: string;
  readonly line: CleanUpLine;
  /** Source file and line, such as `models/quic/endpoint.ts:212`. */
  readonly place: string;
  /** Which of the lines of its file with this text, in functions of this name; from 1. */
  readonly nth: number;
}

/** A compiled module of the stack. */
export interface StackModule {
  readonly file: string;
  readonly source: string;
  readonly lines: readonly CleanUpLine[];
}

/**
 * The modules of the stack.
 *
 * @param root - The compiled root, with `models` in it.
 */
export function stackModules(root: string): StackModule[] {
  return STACK.flatMap((name) => filesOf(root, name)).map((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return { file, source, lines: cleanUpLines(source) };
  });
}

/** Every mutant of the modules, in order. */
export function mutantsOf(root: string, modules: readonly StackModule[]): Mutant[] {
  const mutants: Mutant[] = [];
  for (const { file, source, lines } of modules) {
    const places = placesOf(root, file, source, lines);
    lines.forEach((line, place) => {
      const nth = 1 + lines.slice(0, place).filter((other) => areAlike(other, line)).length;
      mutants.push({ index: mutants.length, file, line, place: places[place]!, nth });
    });
  }
  return mutants;
}

function areAlike(a: CleanUpLine, b: CleanUpLine): boolean {
  return a.within === b.within && a.text === b.text;
}

function filesOf(root: string, name: string): string[] {
  const entries = readdirSync(join(root, 'models'), { recursive: true, encoding: 'utf8' }).toSorted();
  return entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((entry) => entry === `${name}.js` || (entry.startsWith(`${name}/`) && entry.endsWith('.js')))
    .filter((entry) => !entry.includes('.test.'))
    .map((entry) => `models/${entry}`);
}

function placesOf(root: string, file: string, source: string, lines: readonly CleanUpLine[]): string[] {
  const map = new SourceMap(JSON.parse(readFileSync(join(root, `${file}.map`), 'utf8')) as SourceMap['payload']);
  return lines.map(({ from }) => {
    const before = source.slice(0, from).split('\n');
    const entry = map.findEntry(before.length - 1, before.at(-1)!.length);
    const line = 'originalLine' in entry ? String(entry.originalLine + 1) : '?';
    return `${file.replace(/\.js$/, '.ts')}:${line}`;
  });
}
