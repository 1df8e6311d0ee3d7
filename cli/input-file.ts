// Reads what a user names: JSON and text files, with their size capped.
// Invariant: whatever is wrong with a file is told in one sentence that opens with its path.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '../sim/errors.ts';
import { findJsonMistake } from './json-mistake.ts';
import { systemErrorText } from './system-error.ts';

/** Largest JSON file read, in bytes: 16 MiB. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** Deepest nesting of lists and objects in a JSON file. */
export const MAX_JSON_DEPTH = 100;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads a JSON file.
 *
 * @throws {InputError} `bad-file` when it cannot be read or is no text, `oversized-file` above 16 MiB, `bad-json` with
 * line and column when it is not JSON, `deep-json` when it is nested more than 100 deep.
 */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path, MAX_JSON_BYTES).replace(/^\uFEFF/, '');
  const value = parsed(text, path);
  if (!isDeeper(value, MAX_JSON_DEPTH)) return value;
  const message = `${path}: received lists or objects nested more than ${MAX_JSON_DEPTH} deep, expected at most that`;
  throw new InputError('deep-json', message, { path });
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = findJsonMistake(text);
    if (found === undefined) throw cause;
    const place = `${path}:${found.line}:${found.column}`;
    const message = `${place}: received ${found.received}, expected ${found.expected}, to be JSON`;
    throw new InputError('bad-json', message, { path, line: found.line, column: found.column }, cause);
  }
}

/** Level by level, as recursion would be what the limit is there to prevent. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: object[] = isNested(value) ? [value] : [];
  for (let left = depth; left > 0 && level.length > 0; left -= 1) {
    const next: object[] = [];
    for (const parent of level)
      for (const child of Object.values(parent) as unknown[]) if (isNested(child)) next.push(child);
    level = next;
  }
  return level.length > 0;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Reads a UTF-8 text file of at most `maxBytes`. Pipes and devices are read as well, up to the same cap.
 *
 * @throws {InputError} `bad-file` when it cannot be read or is no text, `oversized-file` above the cap.
 */
export function readTextFile(path: string, maxBytes: number): string {
  const bytes = readBytes(path, maxBytes);
  const zero = bytes.indexOf(0);
  if (zero === -1) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new InputError(
        'bad-file',
        `${path}: received bytes that are not UTF-8, expected a text file`,
        { path },
        cause,
      );
    }
  }
  throw new InputError('bad-file', `${path}: received a zero byte at offset ${zero}, expected a text file`, { path });
}

function readBytes(path: string, maxBytes: number): Uint8Array {
  if (path === '') throw new InputError('bad-file', 'received an empty path, expected a file', { path });
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const status = fstatSync(file);
    if (status.isDirectory())
      throw new InputError('bad-file', `${path}: received a directory, expected a file`, { path });
    if (status.size > maxBytes) throw oversized(path, maxBytes);
    const chunks: Uint8Array[] = [];
    for (let total = 0; ;) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const count = readSync(file, chunk);
      if (count === 0) return Buffer.concat(chunks, total);
      total += count;
      if (total > maxBytes) throw oversized(path, maxBytes);
      chunks.push(chunk.subarray(0, count));
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('bad-file', `${path}: cannot be read: ${systemErrorText(cause)}`, { path }, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function oversized(path: string, maxBytes: number): InputError {
  const message = `${path}: received a file of more than ${maxBytes / 1024 / 1024} MiB, expected at most that`;
  return new InputError('oversized-file', message, { path, maxBytes });
}
