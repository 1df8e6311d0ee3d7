// One log of a check: its lines in order, each read into an event, with the place of whatever is wrong.
// Invariant: every line is an event, the header, blank, of no concern to the mapping, or a mistake that is thrown or, when
// asked to be lenient, counted.
import { InputError } from '../../sim/errors.ts';
import type { LogEvent } from './event.ts';
import { EventReader, LineMistake } from './event-reader.ts';
import type { ValueReader } from './event-reader.ts';
import { lineEnd, LineSplitter, MOST_LINE_BYTES, withoutReturn } from './log-lines.ts';
import type { LineBlock, LongLine } from './log-lines.ts';
import { looksLikeHeader, parseHeader } from './terms.ts';
import type { TermsInput } from './terms.ts';
import type { TimeReader } from './time.ts';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A line that was skipped, and why. */
export interface SkippedLine {
  /** Such as `a.jsonl: line 7 (byte 812): ...`. */
  readonly text: string;
  readonly code: string;
}

/** How a log is read. */
export interface SourceOptions {
  /** Skip lines that cannot be read, instead of throwing. */
  readonly lenient: boolean;
  /** For a log that is written otherwise. */
  readonly mapped: ((times: TimeReader, name: string) => ValueReader) | undefined;
  /** Longest line, in bytes; default 1 MiB. */
  readonly mostLineBytes?: number;
  /** Told of each line that is skipped. */
  readonly onSkip: (line: SkippedLine) => void;
}

/** See the file's head. Feed it chunks, and ask for events until it has no more. */
export class LogSource {
  readonly name: string;
  /** The terms of its header. */
  terms: TermsInput = {};
  /** Lines so far; the number of the line at hand. */
  line = 0;
  /** Lines that the mapping has no rule for. */
  passedOver = 0;
  /** Bytes fed so far. */
  bytes = 0;
  /** True once the log is over. */
  ended = false;

  private readonly options: SourceOptions;
  private reader: EventReader;
  private readonly splitter: LineSplitter;
  private blocks: (LineBlock | LongLine)[] = [];
  private block: LineBlock | undefined = undefined;
  private at = 0;
  private lineStart = 0;
  private headed = false;

  /** @param name - As the user wrote it; opens every message. */
  constructor(name: string, options: SourceOptions) {
    this.name = name;
    this.options = options;
    const { mapped } = options;
    this.reader = new EventReader(mapped === undefined ? undefined : (times) => mapped(times, name));
    this.splitter = new LineSplitter(options.mostLineBytes);
  }

  /** The event that {@link next} read. */
  get event(): LogEvent {
    return this.reader.event;
  }

  /** Takes a chunk of the log. */
  feed(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (const block of this.splitter.feed(chunk)) this.blocks.push(block);
  }

  /** The log is over. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const block of this.splitter.finish()) this.blocks.push(block);
  }

  /**
   * Reads the next event; false when there is none in what was fed.
   *
   * @throws {InputError} For a line that cannot be read, unless it is to be skipped; the code says what is wrong with it.
   */
  next(): boolean {
    for (;;) {
      const { block } = this;
      if (block === undefined) {
        if (!this.nextBlock()) return false;
        continue;
      }
      const { bytes } = block;
      const start = this.at;
      if (start >= bytes.length) {
        this.block = undefined;
        continue;
      }
      const newline = lineEnd(bytes, start);
      this.at = newline + 1;
      this.line++;
      this.lineStart = block.offset + start;
      if (this.readLine(bytes, start, withoutReturn(bytes, start, newline), newline === bytes.length)) return true;
    }
  }

  /** A mistake of the line at hand, in words that name its place. */
  mistake(code: string, clause: string): InputError {
    const { name, line, lineStart } = this;
    return new InputError(code, `${name}: line ${line} (byte ${lineStart}): ${clause}`, {
      name,
      line,
      byte: lineStart,
    });
  }

  /** Throws a mistake of the line at hand, or skips the line. */
  refuse(code: string, clause: string): void {
    const error = this.mistake(code, clause);
    if (!this.options.lenient) throw error;
    this.options.onSkip({ text: error.message, code });
  }

  private nextBlock(): boolean {
    const next = this.blocks.shift();
    if (next === undefined) return false;
    if ('bytes' in next) {
      this.block = next;
      this.at = next.offset === 0 && BYTE_ORDER_MARK.every((byte, at) => next.bytes[at] === byte) ? 3 : 0;
      return true;
    }
    this.line++;
    this.lineStart = next.offset;
    const most = this.options.mostLineBytes ?? MOST_LINE_BYTES;
    this.refuse('long-line', `received a line of ${next.length} bytes, expected at most ${most}`);
    return true;
  }

  private readLine(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    if (isBlank(bytes, start, end)) return false;
    try {
      if (!this.headed && this.readHeader(bytes, start, end)) return false;
      if (this.reader.read(bytes, start, end)) return true;
      this.passedOver++;
    } catch (error) {
      if (!(error instanceof LineMistake)) throw error;
      const where = last && error.code === 'bad-json' ? '; the log ends there without a newline' : '';
      this.refuse(error.code, `${error.message}${where}`);
    }
    return false;
  }

  /** The first line may be a header. */
  private readHeader(bytes: Uint8Array, start: number, end: number): boolean {
    this.headed = true;
    const value = this.reader.value(bytes, start, end);
    if (!looksLikeHeader(value)) return false;
    // A log with a header is written as documented, such as that of a churn script beside mapped ones of nodes.
    if (this.options.mapped !== undefined) this.reader = new EventReader();
    this.terms = parseHeader(value, `${this.name}: line ${this.line}`);
    return true;
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x09) return false;
  }
  return true;
}
