// A simulated run as the bytes of an event log, for a file.
// Invariant: gzipped as it is made, when that is asked for, so that the whole text is never held.
import { Gzip, strToU8 } from 'fflate';
import type { Soak } from '../soak/scenario.ts';
import { writeEventLog } from './event-log.ts';

/** Lines are encoded together up to about so many characters. */
const PIECE_CHARACTERS = 2 ** 18;

/** Runs the soak once more, and gives its event log. */
export function eventLogFile(soak: Soak, isGzip: boolean): Uint8Array {
  const pieces: Uint8Array[] = [];
  const gzip = isGzip ? new Gzip({ mtime: 0 }, (piece) => pieces.push(piece)) : undefined;
  let lines: string[] = [];
  let characters = 0;
  const flush = (): void => {
    const bytes = strToU8(lines.join(''));
    if (gzip === undefined) pieces.push(bytes);
    else gzip.push(bytes);
    lines = [];
    characters = 0;
  };
  writeEventLog(soak, (line) => {
    lines.push(line);
    characters += line.length;
    if (characters >= PIECE_CHARACTERS) flush();
  });
  flush();
  gzip?.push(new Uint8Array(0), true);
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
