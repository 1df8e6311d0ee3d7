// Reads the logs that `check` is given, chunk by chunk: files, gzipped files, standard input.
// Invariant: no more than a few chunks are held, however long a log is; what is wrong with a file is told with its path.
import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../sim/errors.ts';
import { systemErrorText } from './system-error.ts';

const CHUNK_BYTES = 256 * 1024;

/** A log that is being read. */
export interface LogChunks {
  /** Bytes of the file on disk; undefined for what has no size, such as a pipe. */
  readonly size: number | undefined;
  /** Bytes of the file that were read so far. */
  readonly read: () => number;
  /** The next chunk; undefined at the end. @throws {InputError} `bad-file`, `bad-gzip`. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go of the file. */
  close(): void;
}

/**
 * Opens a log; `-` stands for standard input, and what ends in `.gz` is decompressed.
 *
 * @throws {InputError} `bad-file` when it cannot be opened or is a directory.
 */
export function openLog(path: string): LogChunks {
  const size = path === '-' ? undefined : sizeOf(path);
  const raw: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const isGzip = path.endsWith('.gz');
  let read = 0;
  raw.on('data', (chunk: Uint8Array) => (read += chunk.length));
  raw.pause();
  const stream = isGzip ? gunzipped(raw) : raw;
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    size,
    read: () => read,
    next: async () => {
      try {
        const next = await chunks.next();
        return next.done === true ? undefined : next.value;
      } catch (cause) {
        throw refusal(path, isGzip, cause);
      }
    },
    close: () => {
      raw.destroy();
      stream.destroy();
    },
  };
}

function gunzipped(raw: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  raw.on('error', (error) => gunzip.destroy(error));
  return raw.pipe(gunzip);
}

function sizeOf(path: string): number | undefined {
  if (path === '') throw new InputError('bad-file', 'received an empty path, expected a log', { path });
  try {
    const status = statSync(path);
    if (!status.isDirectory()) return status.isFile() ? status.size : undefined;
  } catch (cause) {
    throw refusal(path, false, cause);
  }
  throw new InputError('bad-file', `${path}: received a directory, expected a log`, { path });
}

function refusal(path: string, isGzip: boolean, cause: unknown): InputError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (isGzip && code.startsWith('Z_')) {
    const what = code === 'Z_BUF_ERROR' ? 'gzip that breaks off' : 'what is no gzip';
    return new InputError('bad-gzip', `${path}: received ${what}, expected a whole gzip file`, { path }, cause);
  }
  return new InputError('bad-file', `${path}: cannot be read: ${systemErrorText(cause)}`, { path }, cause);
}
