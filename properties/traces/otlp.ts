// OTLP traces: one ExportTraceServiceRequest in its JSON mapping, a resource per life of a peer.
// Invariant: every span has its parent, if any, in its own trace; ids follow from the scenario and the run alone.
// Source: the OTLP specification's JSON encoding: ids in hexadecimal, 64-bit integers as strings, enums as integers.
import { contentId } from '../../sim/random/hash.ts';
import type { Soak } from '../soak/scenario.ts';
import { ConnectionSpans } from './connection-spans.ts';
import { showsAnything } from './happenings.ts';
import type { Life, Message, TracedEntry, TraceListener, Turn } from './happenings.ts';
import { spanJson } from './otlp-span.ts';
import type { OtlpSpan, SpanContext, SpanKind } from './otlp-span.ts';
import type { TextOut } from './text-out.ts';

/** Spans that are gathered before they are written by resource. */
const BATCH = 4096;
/** Messages that follow from one another within one trace; the next begins a new one, linked to it. */
const MOST_HOPS = 64;

/** How far a chain of messages has come within its trace. */
interface TurnContext extends SpanContext {
  readonly hops: number;
}

/** Writes OTLP traces. */
export class OtlpWriter implements TraceListener {
  private readonly out: TextOut;
  private readonly soak: Soak;
  private readonly epochUs: number;
  /** Stands for the scenario, seed included: ids of two scenarios are unrelated. */
  private readonly root: string;
  private readonly contexts = new WeakMap<Turn, TurnContext>();
  /** Entries that were open in the window. */
  private readonly told = new WeakSet<TracedEntry>();
  private readonly connections = new ConnectionSpans((key) => this.rootContext(key));
  private batch = new Map<Life, string[]>();
  private batched = 0;
  private resources = 0;
  private spans = 0;
  private roots = 0;
  private readonly services = new Set<number>();

  /** @param epochUs - What virtual time 0 stands for, in microseconds since 1970; more than 0. */
  constructor(out: TextOut, soak: Soak, epochUs: number) {
    this.out = out;
    this.soak = soak;
    this.epochUs = epochUs;
    this.root = contentId(JSON.stringify(soak.scenario));
  }

  /** What was written, in words. */
  get tally(): string {
    return `${this.spans} spans of ${this.services.size} services`;
  }

  opens(): void {
    this.out.add('{"resourceSpans":[');
  }

  turn(turn: Turn): void {
    const { received, life, atUs, what, cpuUs } = turn;
    // One that an entry names is told all the same: a link must lead somewhere.
    if (!showsAnything(turn) && !this.contexts.has(turn)) return;
    const context = this.contextOf(turn);
    const before = received === undefined ? undefined : this.contexts.get(received.from);
    const isNewTrace = before?.traceId !== context.traceId;
    if (received !== undefined) this.producer(received, atUs, undefined);
    this.add(life, {
      ...context,
      parentId: received === undefined || isNewTrace ? undefined : this.spanId(`message ${received.number}`),
      name: received === undefined ? what : `receive ${received.kind}`,
      kind: received === undefined ? 'internal' : 'consumer',
      startUs: atUs,
      endUs: atUs,
      attributes: {
        ...(received === undefined ? {} : { 'quicksoak.from': received.from.life.name }),
        ...(cpuUs > 0 ? { 'quicksoak.cpu_us': Math.round(cpuUs * 1e3) / 1e3 } : {}),
      },
      events: turn.notes.map((name) => ({ name, atUs })),
      links: received !== undefined && isNewTrace ? [this.producerContext(received)] : [],
      error: undefined,
    });
  }

  lost(message: Message, atUs: number): void {
    this.producer(message, atUs, 'its receiver has ended');
  }

  opened(entry: TracedEntry): void {
    this.told.add(entry);
    this.connections.opened(entry);
  }

  closed(entry: TracedEntry, atUs: number, how: string): void {
    this.entry(entry, atUs, how);
  }

  stillOpen(entry: TracedEntry, atUs: number): void {
    this.entry(entry, atUs, undefined);
  }

  ended(life: Life, atUs: number, how: string): void {
    this.life(life, atUs, how);
  }

  stillRunning(life: Life, atUs: number): void {
    this.life(life, atUs, undefined);
  }

  finish(): void {
    this.flush();
    this.out.add(']}\n');
    this.out.flush();
  }

  /** The message's own span: from its sending to its arrival, at its sender. */
  private producer(message: Message, endUs: number, error: string | undefined): void {
    const { from, to, kind, sentUs } = message;
    const parent = this.contexts.get(from);
    this.add(from.life, {
      ...this.producerContext(message),
      parentId: parent?.spanId,
      name: `send ${kind}`,
      kind: 'producer',
      startUs: sentUs,
      endUs,
      attributes: { 'quicksoak.to': to.name, 'peer.service': serviceOf(to) },
      events: [],
      links: [],
      error,
    });
  }

  private producerContext({ from, number }: Message): SpanContext {
    const parent = this.contexts.get(from);
    const spanId = this.spanId(`message ${number}`);
    return { traceId: parent?.traceId ?? this.traceId(`message ${number}`), spanId };
  }

  /** The context of a turn: of the trace of what it received, unless that has come too far, else of a trace of its own. */
  private contextOf(turn: Turn): TurnContext {
    const known = this.contexts.get(turn);
    if (known !== undefined) return known;
    const { received } = turn;
    let context: TurnContext;
    if (received === undefined) context = { ...this.rootContext(`turn ${++this.roots}`), hops: 0 };
    else {
      const before = this.contexts.get(received.from);
      const key = `received ${received.number}`;
      const goesOn = before === undefined || before.hops < MOST_HOPS;
      const { traceId } = goesOn ? this.producerContext(received) : this.rootContext(key);
      context = { traceId, spanId: this.spanId(key), hops: goesOn ? (before?.hops ?? 0) + 1 : 0 };
    }
    this.contexts.set(turn, context);
    return context;
  }

  private entry(entry: TracedEntry, atUs: number, how: string | undefined): void {
    const { owner, subject, kind, site, bornUs, by, number, cause } = entry;
    const connection = this.connections.closed(entry, atUs);
    const parent = by === undefined || !this.told.has(by) ? `life ${owner.name}` : `entry ${by.number}`;
    const own: { context: SpanContext; parentId: string | undefined; kind: SpanKind } = {
      context: { traceId: this.traceId(`life ${owner.name}`), spanId: this.spanId(`entry ${number}`) },
      parentId: this.spanId(parent),
      kind: 'internal',
    };
    const { context, parentId, kind: spanKind } = connection ?? own;
    // The turn at hand has not been told yet; one before the window never was.
    const link = cause === undefined ? undefined : this.linkOf(cause, atUs);
    this.add(owner, {
      ...context,
      parentId,
      name: site,
      kind: spanKind,
      startUs: bornUs,
      endUs: atUs,
      attributes: {
        'quicksoak.kind': kind,
        ...(subject === undefined ? {} : { 'quicksoak.subject': subject.name }),
        ...(subject === undefined || spanKind !== 'client' ? {} : { 'peer.service': serviceOf(subject) }),
        ...(how === undefined ? { 'quicksoak.open': true } : { 'quicksoak.end': how }),
      },
      events: [],
      links: link === undefined ? [] : [link],
      error: how === 'panicked' ? 'it panicked' : undefined,
    });
  }

  private linkOf(cause: Turn, nowUs: number): SpanContext | undefined {
    const known = this.contexts.get(cause);
    if (known !== undefined) return known;
    return cause.atUs === nowUs && cause.received !== undefined ? this.contextOf(cause) : undefined;
  }

  private life(life: Life, atUs: number, how: string | undefined): void {
    this.add(life, {
      ...this.rootContext(`life ${life.name}`),
      parentId: undefined,
      name: `life ${life.name}`,
      kind: 'internal',
      startUs: life.bornUs,
      endUs: atUs,
      attributes: how === undefined ? { 'quicksoak.open': true } : { 'quicksoak.end': how },
      events: [],
      links: [],
      error: undefined,
    });
  }

  private add(life: Life, span: OtlpSpan): void {
    const text = spanJson(span, this.epochUs);
    const before = this.batch.get(life);
    if (before === undefined) this.batch.set(life, [text]);
    else before.push(text);
    this.spans++;
    this.services.add(life.peer);
    if (++this.batched >= BATCH) this.flush();
  }

  /** A resource may come again: what is written need not be held. */
  private flush(): void {
    for (const [life, spans] of this.batch) {
      const attributes = this.resourceOf(life);
      const resource = `{"resource":{"attributes":${attributes}},"scopeSpans":[{"scope":{"name":"quicksoak"},"spans":[\n`;
      this.out.add(`${this.resources++ === 0 ? '' : ','}\n${resource}${spans.join(',\n')}]}]}`);
    }
    this.batch = new Map();
    this.batched = 0;
  }

  private resourceOf(life: Life): string {
    const { scenario, seed } = this.soak;
    const values = [
      ['service.name', serviceOf(life)],
      ['service.namespace', scenario.name],
      ['service.instance.id', life.name],
      ['quicksoak.model', scenario.model],
      ['quicksoak.seed', seed],
    ];
    return JSON.stringify(values.map(([key, stringValue]) => ({ key, value: { stringValue } })));
  }

  private rootContext(key: string): SpanContext {
    return { traceId: this.traceId(key), spanId: this.spanId(key) };
  }

  private traceId(key: string): string {
    return contentId(`${this.root} trace ${key}`) + contentId(`${this.root} trace, continued ${key}`);
  }

  private spanId(key: string): string {
    return contentId(`${this.root} span ${key}`);
  }
}

/** A service per peer, over all its lives. */
function serviceOf({ peer }: Life): string {
  return `p${peer}`;
}
