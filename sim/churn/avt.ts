// Availability traces in the AVT text format of Godfrey's "Repository of Availability Traces" (2006 onwards,
// http://pbg.cs.illinois.edu/availability/): per line a node's id, the number of its up-intervals, and start and end of
// each in seconds. The layout agrees with the readers of the repository's traces in PeerSim (it.unitn.disi, AVTReplay).
// Invariant: a parsed trace has, for each node, disjoint intervals in time order with a gap between any two.
import { MAX_DURATION_US, formatDuration } from '../duration.ts';
import { InputError } from '../errors.ts';
import { shown } from '../input.ts';

/** Largest trace read, in characters (the files are ASCII): 64 MiB. Check a file's size against it before reading. */
export const MAX_AVT_CHARACTERS = 64 * 1024 * 1024;
/** Most nodes in a trace. */
export const MAX_AVT_NODES = 1_000_000;

/** Latest time in a trace in seconds; microseconds of it are still exact integers. Unix times fit. */
const MAX_SECONDS = 9_000_000_000;
const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** When each node of a system was up. Times are integer microseconds since the earliest start in the trace. */
export interface AvailabilityTrace {
  /** In file order. */
  readonly nodes: readonly AvailabilityNode[];
  /** The latest end in the trace. */
  readonly durationUs: number;
  /** Up-intervals of all nodes. */
  readonly intervalCount: number;
}

/** One node of a trace. */
export interface AvailabilityNode {
  readonly id: string;
  /** Start and end of each up-interval in turn: start, end, start, end. Half-open; an empty one was seen up once. */
  readonly upUs: readonly number[];
}

/**
 * Reads a trace. Fields are separated by spaces or tabs, lines end in LF or CRLF; blank lines and lines that begin with
 * `#` are skipped. A node may have no interval. Intervals that touch ([0, 5] and [5, 9]) are one interval ([0, 9]): with
 * no time between them the node never departed. Fractions are rounded to the microsecond.
 *
 * @param where - The place of the text, such as `skype.avt`; opens an error's message.
 * @throws {InputError} `bad-trace`, with the line, for overlapping, unsorted or reversed intervals, a wrong count, a
 * number that is none or is negative, a duplicate id; and for a trace that is empty, larger than 64 MiB or 1,000,000
 * nodes, or longer than ten years.
 */
export function parseAvt(text: string, where: string): AvailabilityTrace {
  if (text.length > MAX_AVT_CHARACTERS)
    throw badTrace(where, `received ${text.length} characters, expected at most 64 MiB`);
  const nodes: { id: string; upUs: number[] }[] = [];
  const lineOfId = new Map<string, number>();
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = 0;
  let line = 0;
  for (let from = 0; from < text.length; line += 1) {
    const end = text.indexOf('\n', from);
    const content = text.slice(from, end === -1 ? text.length : end).trim();
    from = end === -1 ? text.length : end + 1;
    if (content === '' || content.startsWith('#')) continue;

    const place = `${where}: line ${line + 1}`;
    const node = parseNode(content, place);
    const earlier = lineOfId.get(node.id);
    if (earlier !== undefined) {
      throw badTrace(
        place,
        `received node ${shown(node.id)} again, expected each node once (it is on line ${earlier})`,
      );
    }
    lineOfId.set(node.id, line + 1);
    nodes.push(node);
    if (nodes.length > MAX_AVT_NODES)
      throw badTrace(place, `received one more node, expected at most ${MAX_AVT_NODES}`);
    firstUs = Math.min(firstUs, node.upUs[0] ?? firstUs);
    lastUs = Math.max(lastUs, node.upUs.at(-1) ?? lastUs);
  }
  if (firstUs === Number.POSITIVE_INFINITY) {
    const received = nodes.length === 0 ? 'no line with a node' : `${nodes.length} nodes without any interval`;
    throw badTrace(where, `received ${received}, expected lines such as 'n1 2 0 3600 7200 9000'`);
  }
  if (lastUs - firstUs > MAX_DURATION_US) {
    throw badTrace(where, `received a trace of ${formatDuration(lastUs - firstUs)}, expected at most ten years`);
  }
  return fromOrigin(nodes, firstUs, lastUs);
}

/** One line: `id n start end start end ...`. */
function parseNode(content: string, place: string): { id: string; upUs: number[] } {
  const fields = content.split(/\s+/);
  const id = fields[0] as string;
  const announced = fields[1] ?? '';
  if (!/^\d{1,9}$/.test(announced)) {
    const received = announced === '' ? 'nothing' : shown(announced);
    throw badTrace(place, `received ${received} after node ${shown(id)}, expected its number of intervals`);
  }
  const intervalCount = Number(announced);
  const timeCount = fields.length - 2;
  if (timeCount !== 2 * intervalCount) {
    const expected = `expected ${2 * intervalCount}, a start and an end for each of the ${intervalCount} intervals it announces`;
    throw badTrace(place, `received ${timeCount} times for node ${shown(id)}, ${expected}`);
  }

  const upUs: number[] = [];
  for (let interval = 1; interval <= intervalCount; interval += 1) {
    const start = parseTime(fields[2 * interval] as string, `${place}: interval ${interval}`);
    const end = parseTime(fields[2 * interval + 1] as string, `${place}: interval ${interval}`);
    const name = `interval ${interval} of node ${shown(id)}, ${fields[2 * interval]} to ${fields[2 * interval + 1]}`;
    if (end < start) throw badTrace(place, `received ${name}, expected its end not before its start`);
    const previousEnd = upUs.at(-1);
    if (previousEnd !== undefined && start < previousEnd) {
      const expected = `expected it not to begin before interval ${interval - 1} ends (at ${fields[2 * interval - 1]})`;
      throw badTrace(place, `received ${name}, ${expected}`);
    }
    if (previousEnd === start) upUs[upUs.length - 1] = end;
    else upUs.push(start, end);
  }
  return { id, upUs };
}

function parseTime(field: string, place: string): number {
  const seconds = NUMBER.test(field) ? Number(field) : Number.NaN;
  if (!(seconds <= MAX_SECONDS)) {
    throw badTrace(place, `received ${shown(field)}, expected a time in seconds between 0 and ${MAX_SECONDS}`);
  }
  return Math.round(seconds * 1_000_000);
}

function fromOrigin(
  nodes: readonly { id: string; upUs: number[] }[],
  firstUs: number,
  lastUs: number,
): AvailabilityTrace {
  let timeCount = 0;
  for (const { upUs } of nodes) {
    timeCount += upUs.length;
    for (let at = 0; at < upUs.length; at += 1) upUs[at] = (upUs[at] as number) - firstUs;
  }
  return { nodes, durationUs: lastUs - firstUs, intervalCount: timeCount / 2 };
}

function badTrace(place: string, text: string): InputError {
  return new InputError('bad-trace', `${place}: ${text}`, { where: place });
}
