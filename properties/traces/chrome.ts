// Chrome trace events, which open in Perfetto: a process per peer, a thread per thing that goes on at a time.
// Invariant: every begin has its end on the same thread, slices of a thread never cross, and every flow has both its ends.
// Source: the Trace Event Format, JSON object form.
import { formatDuration } from '../../sim/duration.ts';
import { METER } from '../../sim/meters.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { TimelineSample } from '../soak/record.ts';
import type { Soak } from '../soak/scenario.ts';
import { showsAnything } from './happenings.ts';
import type { Life, Message, TracedEntry, TraceListener, Turn } from './happenings.ts';
import { Lanes } from './lanes.ts';
import type { Lane } from './lanes.ts';
import type { TextOut } from './text-out.ts';

/** The process of the run as a whole; that of a peer is its index and 2 more. */
const RUN = 1;
const FIRST_PEER = 2;
/** The thread of calms; that of churn is the process's first. */
const CALMS = 100_000_000;
/** Slices of turns within one microsecond that are told apart, 1 ns each. */
const MOST_APART = 998;

/** Where the slice of a turn begins. */
interface Place {
  readonly pid: number;
  readonly ts: string;
}

/** A slice that has begun. */
interface OpenSlice {
  readonly lane: Lane;
  readonly name: string;
  readonly cat: string;
}

/** Writes Chrome trace events. */
export class ChromeWriter implements TraceListener {
  private readonly out: TextOut;
  private readonly soak: Soak;
  private readonly toUs: number;
  private readonly lanes = new Lanes(CALMS + 1);
  private readonly open = new Map<TracedEntry | Life, OpenSlice>();
  private readonly known = new Set<number>();
  private readonly places = new WeakMap<Turn, Place>();
  /** Of a peer: the microsecond of its last turn and how many turns there were in it. */
  private readonly lastTurns = new Map<number, { atUs: number; count: number }>();
  private openUs = 0;
  private before: TimelineSample | undefined = undefined;
  private events = 0;
  private flows = 0;

  /** @param toUs - End of the window. */
  constructor(out: TextOut, soak: Soak, toUs: number) {
    this.out = out;
    this.soak = soak;
    this.toUs = toUs;
  }

  /** What was written, in words. */
  get tally(): string {
    return `${this.events} events, ${this.flows} messages, ${this.known.size} processes`;
  }

  opens(atUs: number): void {
    this.openUs = atUs;
    const { scenario, seed, calms } = this.soak;
    const about = { scenario: scenario.name, model: scenario.model, seed };
    this.out.add(`{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[`);
    this.process(RUN, 'run', 0);
    this.thread(RUN, RUN, 'churn', 0);
    this.thread(RUN, CALMS, 'calms', 1);
    for (const { fromUs, untilUs, faulted } of calms) {
      const [from, until] = [Math.max(fromUs, atUs), Math.min(untilUs, this.toUs)];
      if (from >= until) continue;
      this.add(
        { name: 'calm', cat: 'calm', ph: 'X', pid: RUN, tid: CALMS, args: { faulted } },
        String(from),
        `"dur":${until - from}`,
      );
    }
  }

  began(life: Life): void {
    const pid = life.peer + FIRST_PEER;
    if (!this.known.has(life.peer)) {
      this.known.add(life.peer);
      this.process(pid, `p${life.peer}`, pid);
      this.thread(pid, pid, 'turns', 0);
    }
    this.begin(life, pid, `life ${life.name}`, 'life', 'life', life.bornUs, {});
  }

  ended(life: Life, atUs: number, how: string): void {
    this.end(life, life.peer + FIRST_PEER, atUs, { end: how });
  }

  stillRunning(life: Life, atUs: number): void {
    this.end(life, life.peer + FIRST_PEER, atUs, { open: true });
  }

  opened(entry: TracedEntry): void {
    const { owner, subject, site, kind, bornUs, by, number } = entry;
    const name = subject === undefined ? site : `${site} ${subject.name}`;
    const args = { number, ...(by === undefined ? {} : { by: `${by.site} (${by.number})` }) };
    this.begin(entry, owner.peer + FIRST_PEER, name, kind, `${kind} ${site}`, bornUs, args);
  }

  closed(entry: TracedEntry, atUs: number, how: string): void {
    this.end(entry, entry.owner.peer + FIRST_PEER, atUs, { end: how });
  }

  stillOpen(entry: TracedEntry, atUs: number): void {
    this.end(entry, entry.owner.peer + FIRST_PEER, atUs, { open: true });
  }

  turn(turn: Turn): void {
    if (!showsAnything(turn)) return;
    const { life, received, what, notes, cpuUs, atUs } = turn;
    const pid = life.peer + FIRST_PEER;
    const ts = this.momentOf(life.peer, atUs);
    this.places.set(turn, { pid, ts });
    const args = {
      ...(received === undefined ? {} : { from: received.from.life.name }),
      ...(notes.length === 0 ? {} : { notes }),
      ...(cpuUs > 0 ? { cpuUs: Math.round(cpuUs * 1e3) / 1e3 } : {}),
    };
    const name = received === undefined ? what : received.kind;
    this.add({ name, cat: 'turn', ph: 'X', pid, tid: pid, args }, ts, '"dur":0.001');
    const from = received === undefined ? undefined : this.places.get(received.from);
    if (received !== undefined && from !== undefined) this.flow(received, from, { pid, ts });
  }

  lost(message: Message, atUs: number): void {
    const { from, to, kind } = message;
    if (!this.known.has(from.life.peer)) return;
    const pid = from.life.peer + FIRST_PEER;
    this.add(
      { name: `lost ${kind}`, cat: 'message', ph: 'i', s: 't', pid, tid: pid, args: { to: to.name } },
      String(atUs),
    );
  }

  acted(action: ChurnAction, applied: boolean, atUs: number): void {
    const { kind, ...args } = action;
    const peer = 'peer' in action ? ` p${action.peer}` : '';
    const name = `${kind === 'act' ? action.act : kind}${peer}${applied ? '' : ' (inert)'}`;
    this.add({ name, cat: 'churn', ph: 'i', s: 'g', pid: RUN, tid: RUN, args }, String(atUs));
  }

  sampled(sample: TimelineSample): void {
    const { liveCount, tasks, connections, halfOpen, heapBytes, atUs } = sample;
    this.counter('live nodes', { live: liveCount }, atUs);
    this.counter('open tasks', { open: tasks }, atUs);
    this.counter('connections', { open: connections, 'half-open': halfOpen }, atUs);
    if (heapBytes.size > 0) this.counter('heap bytes', Object.fromEntries(heapBytes), atUs);
    const { before } = this;
    this.before = sample;
    if (before === undefined || before.atUs === atUs) return;
    const seconds = (atUs - before.atUs) / 1e6;
    const rate = (meter: keyof typeof METER): number =>
      (sample.meters[METER[meter]]! - before.meters[METER[meter]]!) / seconds;
    this.counter('messages per second', { sent: rate('messagesSent') }, atUs);
    this.counter('dials per second', { dials: rate('dials') }, atUs);
    this.counter('joins per second', { joins: rate('joins') }, atUs);
    if (sample.cpuUs > 0) this.counter('CPU cores', { all: (sample.cpuUs - before.cpuUs) / (seconds * 1e6) }, atUs);
  }

  finish(atUs: number): void {
    this.add(
      { name: `end of the window at ${formatDuration(atUs)}`, cat: 'run', ph: 'i', s: 'g', pid: RUN, tid: RUN },
      String(atUs),
    );
    this.out.add('\n]}\n');
    this.out.flush();
  }

  private begin(
    what: TracedEntry | Life,
    pid: number,
    name: string,
    cat: string,
    group: string,
    fromUs: number,
    args: object,
  ): void {
    const { lane, isNew } = this.lanes.take(pid, group, fromUs);
    // What the window finds open begins with it: the picture is of the window.
    const { openUs } = this;
    const since = fromUs < openUs ? { since: formatDuration(fromUs) } : {};
    if (isNew)
      this.thread(pid, lane.tid, lane.number === 1 ? group : `${group} ${lane.number}`, group === 'life' ? 1 : 2);
    this.open.set(what, { lane, name, cat });
    this.add({ name, cat, ph: 'B', pid, tid: lane.tid, args: { ...args, ...since } }, String(Math.max(fromUs, openUs)));
  }

  private end(what: TracedEntry | Life, pid: number, atUs: number, args: object): void {
    const slice = this.open.get(what);
    if (slice === undefined) return;
    const { lane, name, cat } = slice;
    this.open.delete(what);
    lane.freeUs = atUs;
    this.add({ name, cat, ph: 'E', pid, tid: lane.tid, args }, String(atUs));
  }

  /** Both ends at once, so that none is without the other; the order of events in the file is free. */
  private flow({ number, kind, to }: Message, from: Place, at: Place): void {
    const common = { name: kind, cat: 'message', id: number };
    this.add({ ...common, ph: 's', pid: from.pid, tid: from.pid, args: { to: to.name } }, from.ts);
    this.add({ ...common, ph: 'f', bp: 'e', pid: at.pid, tid: at.pid, args: {} }, at.ts);
    this.flows++;
  }

  private counter(name: string, args: Readonly<Record<string, number>>, atUs: number): void {
    this.add({ name, cat: 'counter', ph: 'C', pid: RUN, tid: RUN, args }, String(atUs));
  }

  private process(pid: number, name: string, order: number): void {
    this.add({ name: 'process_name', cat: '__metadata', ph: 'M', pid, tid: pid, args: { name } }, '0');
    this.add(
      { name: 'process_sort_index', cat: '__metadata', ph: 'M', pid, tid: pid, args: { sort_index: order } },
      '0',
    );
  }

  private thread(pid: number, tid: number, name: string, order: number): void {
    this.add({ name: 'thread_name', cat: '__metadata', ph: 'M', pid, tid, args: { name } }, '0');
    this.add({ name: 'thread_sort_index', cat: '__metadata', ph: 'M', pid, tid, args: { sort_index: order } }, '0');
  }

  /** When the slice of a turn begins: turns of one microsecond stand one after the other, in nanoseconds. */
  private momentOf(peer: number, atUs: number): string {
    const last = this.lastTurns.get(peer);
    const count = last?.atUs === atUs ? Math.min(last.count + 1, MOST_APART) : 0;
    this.lastTurns.set(peer, { atUs, count });
    return count === 0 ? String(atUs) : `${atUs}.${String(count).padStart(3, '0')}`;
  }

  /** @param ts - Microseconds as text: a number would not hold nanoseconds of months. */
  private add(event: object, ts: string, more = ''): void {
    const text = JSON.stringify(event).slice(0, -1);
    this.out.add(`${this.events++ === 0 ? '' : ','}\n${text},"ts":${ts}${more === '' ? '' : `,${more}`}}`);
  }
}
