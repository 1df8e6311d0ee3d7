// A check: logs are read side by side, merged by time, replayed, and judged by the properties that judge a simulated run.
// Invariant: the same logs give the same result, in whatever chunks they come; it waits for no more than the next chunk.
import { counted } from '../../sim/counted.ts';
import { formatDuration, MAX_DURATION_US } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { FAULTS } from '../../sim/network/config.ts';
import type { Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { LineMistake } from './event-reader.ts';
import { verdictOf } from './grounds.ts';
import { LogReplay } from './log-replay.ts';
import { LogSource } from './log-source.ts';
import type { SkippedLine, SourceOptions } from './log-source.ts';
import { shortfallOf } from './shortfall.ts';
import type { Shortfall } from './shortfall.ts';
import { settledTerms } from './terms.ts';
import type { CheckTerms, TermsInput } from './terms.ts';
import { timeText } from './time.ts';

/** Skipped lines that are shown. */
const MOST_SHOWN = 5;
/** Times before it are of clocks that do not count from 1970: half a year from there. */
const LEAST_DATE_US = 15_768_000_000_000;

/** How to check. */
export interface CheckOptions {
  /** In the order of the verdict table. */
  readonly properties: readonly Property[];
  /** Of the flags, and of the mapping, each with its place. */
  readonly flagTerms: readonly (readonly [where: string, terms: TermsInput])[];
  readonly mappingTerms: readonly (readonly [where: string, terms: TermsInput])[];
  /** How far a time may lie before that of an earlier line, in microseconds. */
  readonly skewUs: number;
  readonly lenient: boolean;
  readonly mapped?: SourceOptions['mapped'];
}

/** What was skipped of a log, when asked to be lenient. */
export interface Skipped {
  readonly count: number;
  /** How many lines for which reason, by the code of the mistake. */
  readonly byCode: Readonly<Record<string, number>>;
  /** The first five. */
  readonly examples: readonly string[];
}

/** What a check found. */
export interface CheckResult {
  readonly verdicts: readonly Verdict[];
  readonly record: SoakRecord;
  readonly terms: CheckTerms;
  readonly lines: number;
  readonly bytes: number;
  readonly events: number;
  /** When the first event was, as text; undefined when the log's clock does not count from 1970. */
  readonly startedAt: string | undefined;
  readonly skipped: Skipped;
  /** What few calms or none leave not judged; undefined when there are enough, or every property is judged. */
  readonly shortfall: Shortfall | undefined;
  /** What a reader should know of how the log was taken, a line each. */
  readonly notes: readonly string[];
}

/** See the file's head. */
export class LogCheck {
  readonly sources: readonly LogSource[];
  private readonly options: CheckOptions;
  private waiting: LogSource[];
  /** Those with an event at hand. */
  private ready: LogSource[] = [];
  private replay: LogReplay | undefined = undefined;
  private terms: CheckTerms | undefined = undefined;
  private originUs = 0;
  /** The log that the first event is of. */
  private originOf: LogSource | undefined = undefined;
  private events = 0;
  private outOfOrder = 0;
  private mostBackUs = 0;
  private skipped = 0;
  private readonly skippedByCode = new Map<string, number>();
  private readonly skippedExamples: string[] = [];

  /** @param names - Of the logs, as the user wrote them; one or more. */
  constructor(names: readonly string[], options: CheckOptions) {
    this.options = options;
    const { lenient, mapped } = options;
    const onSkip = (line: SkippedLine): void => this.noteSkipped(line);
    this.sources = names.map((name) => new LogSource(name, { lenient, mapped, onSkip }));
    this.waiting = [...this.sources];
  }

  /**
   * Goes as far as what was fed allows.
   *
   * @returns The log that must be fed or ended before it can go on; undefined when all are over.
   * @throws {InputError} For a line that cannot be taken, with its place.
   */
  step(): LogSource | undefined {
    for (;;) {
      for (let next = this.waiting.at(-1); next !== undefined; next = this.waiting.at(-1)) {
        if (next.next()) this.ready.push(next);
        else if (!next.ended) return next;
        this.waiting.pop();
      }
      if (this.ready.length === 0) return undefined;
      this.replay ??= this.begin();
      if (this.ready.length === 1) this.takeAll(this.replay, this.ready[0]!);
      else this.takeFirst(this.replay);
    }
  }

  /**
   * Judges what was taken in.
   *
   * @throws {InputError} `empty-log` when there was no event.
   */
  finish(): CheckResult {
    const { replay } = this;
    const lines = sum(this.sources.map(({ line }) => line));
    if (replay === undefined) throw this.empty(lines);
    replay.calms.finish(replay.state.simulation.nowUs);
    const record = this.recordOf(replay);
    const told = { taken: replay.taken, subjects: replay.tellsSubjects, mentions: replay.tellsMentions };
    const verdicts = this.options.properties.map((property) => verdictOf(property, record, told));
    return {
      verdicts,
      record,
      shortfall: shortfallOf(verdicts, record, this.terms!, replay.calms.longestUs),
      terms: this.terms!,
      lines,
      bytes: sum(this.sources.map(({ bytes }) => bytes)),
      events: this.events,
      startedAt: this.originUs >= LEAST_DATE_US ? timeText(this.originUs) : undefined,
      skipped: {
        count: this.skipped,
        byCode: Object.fromEntries(this.skippedByCode),
        examples: this.skippedExamples,
      },
      notes: this.notesOf(replay, record),
    };
  }

  private begin(): LogReplay {
    const headers = this.sources.map(({ name, terms }) => [`${name}: header`, terms] as const);
    const { flagTerms, mappingTerms, skewUs } = this.options;
    this.terms = settledTerms([...flagTerms, ...headers, ...mappingTerms]);
    this.originUs = Math.min(...this.ready.map(({ event }) => event.timeUs));
    this.originOf = this.ready.find(({ event }) => event.timeUs === this.originUs);
    return new LogReplay(this.terms, skewUs);
  }

  /** Takes the events of one log for as long as there are any in what was fed. */
  private takeAll(replay: LogReplay, source: LogSource): void {
    do this.take(replay, source);
    while (source.next());
    this.ready = [];
    if (!source.ended) this.waiting.push(source);
  }

  /** Takes the earliest event; of equal times that of the log named first. */
  private takeFirst(replay: LogReplay): void {
    let first = 0;
    for (let place = 1; place < this.ready.length; place++) {
      const [one, best] = [this.ready[place]!, this.ready[first]!];
      const earlier = one.event.timeUs - best.event.timeUs || this.sources.indexOf(one) - this.sources.indexOf(best);
      if (earlier < 0) first = place;
    }
    const source = this.ready[first]!;
    this.take(replay, source);
    if (source.next()) return;
    this.ready.splice(first, 1);
    if (!source.ended) this.waiting.push(source);
  }

  private take(replay: LogReplay, source: LogSource): void {
    const { event } = source;
    const { nowUs } = replay.state.simulation;
    let atUs = event.timeUs - this.originUs;
    if (atUs < nowUs) {
      const backUs = nowUs - atUs;
      if (backUs > this.options.skewUs) return this.refuseBack(source, backUs);
      this.outOfOrder++;
      this.mostBackUs = Math.max(this.mostBackUs, backUs);
      atUs = nowUs;
    } else if (atUs > MAX_DURATION_US) {
      return this.refuseFar(source, event.timeUs);
    }
    try {
      replay.take(event, atUs);
      this.events++;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const ofLine = error instanceof LineMistake || error.code === 'bad-path-class';
      if (!ofLine) throw error;
      source.refuse(error.code, error.message);
    }
  }

  private refuseFar(source: LogSource, timeUs: number): void {
    const first = source === this.originOf ? "the log's first" : `the first of ${this.originOf!.name}`;
    const times = `received a time of ${timeOf(timeUs)}, and ${first} is ${timeOf(this.originUs)}`;
    source.refuse('far-time', `${times}, expected at most ten years between them, as all count from one origin`);
  }

  private refuseBack(source: LogSource, backUs: number): void {
    if (backUs > MAX_DURATION_US) {
      const times = `received a time of ${timeOf(source.event.timeUs)} after one of ${timeOf(this.originUs + this.replay!.state.simulation.nowUs)}`;
      return source.refuse('clock-back', `${times}, expected all times to count from one origin`);
    }
    const clause = `received a time ${formatDuration(backUs)} before that of an earlier line, expected at most ${formatDuration(this.options.skewUs)} (--skew); sort the log by time, or give the log of each node as a file of its own`;
    source.refuse('clock-back', clause);
  }

  private noteSkipped({ text, code }: SkippedLine): void {
    this.skipped++;
    this.skippedByCode.set(code, (this.skippedByCode.get(code) ?? 0) + 1);
    if (this.skippedExamples.length < MOST_SHOWN) this.skippedExamples.push(text);
  }

  private empty(lines: number): InputError {
    const names = this.sources.map(({ name }) => name).join(', ');
    const { mapped } = this.options;
    const passed = sum(this.sources.map(({ passedOver }) => passedOver));
    const rule =
      mapped !== undefined && passed > 0
        ? `, of which ${passed} ${passed === 1 ? 'fits' : 'fit'} no rule of the mapping`
        : '';
    const skipped =
      this.skipped > 0
        ? `, of which ${this.skipped} ${this.skipped === 1 ? 'was' : 'were'} skipped; the first is ${this.skippedExamples[0]}`
        : '';
    const message = `${names}: received ${counted(lines, 'line')} and no event${rule}${skipped}; expected at least one event`;
    return new InputError('empty-log', message, { lines });
  }

  private recordOf({ state, rules, observation }: LogReplay): SoakRecord {
    const { simulation, ledger } = state;
    const { tasks } = simulation;
    const { bounds, retention } = this.terms!;
    return {
      nodes: state.lives,
      seed: '',
      endUs: simulation.nowUs,
      digest: '',
      eventCount: this.events,
      checkpoints: [],
      meters: simulation.meters.read(),
      calms: observation.calms,
      ghostDials: { total: 0, examples: [], perCalm: [] },
      bounds,
      tasks: { sites: tasks.summary(), panicCount: tasks.panicCount, panics: [...tasks.panics] },
      cost: undefined,
      arrivals: state.arrivals.finish(),
      discarded: observation.discards.totals,
      timeline: [],
      ledger: ledger.summary(),
      faults: {
        asked: [],
        fired: Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as SoakRecord['faults']['fired'],
      },
      actions: new Map(),
      declarations: retention,
      unusedDeclarations: rules.unused().map(({ path }) => path),
      watched: new Map(),
      again: undefined,
      cutShort: undefined,
    };
  }

  private notesOf(replay: LogReplay, { calms, unusedDeclarations }: SoakRecord): string[] {
    const { state, observation, openedBefore, late } = replay;
    const passed = sum(this.sources.map(({ passedOver }) => passedOver));
    const asked = new Set(this.options.flagTerms.flatMap(([, { retain = [] }]) => retain.map(({ path }) => path)));
    return [
      ...(observation.found > calms.length
        ? [`${calms.length} of ${counted(observation.found, 'calm')} are judged, evenly chosen`]
        : []),
      ...(passed > 0
        ? [`${counted(passed, 'line')} ${passed === 1 ? 'fits' : 'fit'} no rule of the mapping, passed over`]
        : []),
      ...(this.outOfOrder > 0
        ? [
            `${counted(this.outOfOrder, 'line')} out of order, by up to ${formatDuration(this.mostBackUs)}, taken as they came`,
          ]
        : []),
      ...(state.metRunning > 0 ? [`${counted(state.metRunning, 'node')} had run since before the log`] : []),
      ...(openedBefore > 0 ? [`${counted(openedBefore, 'closing')} of what was opened before the log`] : []),
      ...(late > 0 ? [`${counted(late, 'event')} after the end of a node, passed over`] : []),
      ...unusedDeclarations
        .filter((path) => asked.has(path))
        .map((path) => `nothing in the log has the path ${path}, which --retain names`),
    ];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** A time as it is in the log: a date, or for a clock that does not count from 1970 what it shows. */
function timeOf(us: number): string {
  return us >= LEAST_DATE_US ? timeText(us) : `${us / 1e6} s`;
}
