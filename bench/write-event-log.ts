// `node dist/bench/write-event-log.js <MiB> <file>`: writes an event log of that size, to measure `quicksoak check` by.
// Invariant: written piece by piece; the same size gives the same file.
import { closeSync, openSync, writeSync } from 'node:fs';
import { EventLogSource } from './event-log.ts';

const PIECE_BYTES = 2 ** 20;

const [mebibytes, path] = process.argv.slice(2);
if (path === undefined || !(Number(mebibytes) > 0)) throw new Error('usage: write-event-log.js <MiB> <file>');
const file = openSync(path, 'w');
const source = new EventLogSource('bench');
for (let left = Number(mebibytes); left > 0; left--) writeSync(file, source.next(PIECE_BYTES));
closeSync(file);
