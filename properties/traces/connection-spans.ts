// Spans of connections and handshakes: which side began, and which span of the other side one belongs to.
// Invariant: a span of the side that answers is a child of the other side's, in the same trace, and no two share a parent.
import type { Life, TracedEntry } from './happenings.ts';
import type { SpanContext } from './otlp-span.ts';

/** What is known of a connection's span. */
export interface ConnectionSpan {
  readonly context: SpanContext;
  readonly parentId: string | undefined;
  readonly kind: 'client' | 'server';
}

/** One that is open. */
interface OpenSpan extends ConnectionSpan {
  readonly entry: TracedEntry;
  /** True when the other side has a span below it. */
  isAnswered: boolean;
}

/** A handshake that has ended, and when: what is opened in its place goes on from it. */
interface Ended {
  readonly span: OpenSpan;
  readonly atUs: number;
}

/** See the file's head. */
export class ConnectionSpans {
  private readonly rootOf: (key: string) => SpanContext;
  private readonly spans = new Map<TracedEntry, OpenSpan>();
  /** By owner and subject, oldest first. */
  private readonly byPair = new WeakMap<Life, Map<Life, OpenSpan[]>>();
  private readonly endedHandshakes = new WeakMap<Life, Map<Life, Ended>>();

  /** @param rootOf - The context of a span that begins a trace, by what names it. */
  constructor(rootOf: (key: string) => SpanContext) {
    this.rootOf = rootOf;
  }

  /** To be told of every entry that has a subject; those that are no connection are left alone. */
  opened(entry: TracedEntry): void {
    const { kind, owner, subject, number } = entry;
    if ((kind !== 'half-open' && kind !== 'connection') || subject === undefined) return;
    const own = this.rootOf(`entry ${number}`);
    const before = this.endedHandshakes.get(owner)?.get(subject);
    const other = entry.isDialled ? undefined : this.unanswered(subject, owner);
    let span: OpenSpan;
    if (before?.atUs === entry.bornUs && kind === 'connection') {
      this.endedHandshakes.get(owner)?.delete(subject);
      const { context, kind: side } = before.span;
      span = { entry, ...childOf(context, own), kind: side, isAnswered: true };
    } else if (other !== undefined) {
      other.isAnswered = true;
      span = { entry, ...childOf(other.context, own), kind: 'server', isAnswered: true };
    } else
      span = {
        entry,
        context: own,
        parentId: undefined,
        kind: entry.isDialled ? 'client' : 'server',
        isAnswered: false,
      };
    this.spans.set(entry, span);
    const pair = pairOf(this.byPair, owner);
    const open = pair.get(subject);
    if (open === undefined) pair.set(subject, [span]);
    else open.push(span);
  }

  /** Its span, when it is a connection that was told of; it is forgotten. */
  closed(entry: TracedEntry, atUs: number): ConnectionSpan | undefined {
    const span = this.spans.get(entry);
    if (span === undefined) return undefined;
    this.spans.delete(entry);
    const { owner, kind } = entry;
    const subject = entry.subject!;
    const pair = pairOf(this.byPair, owner);
    const left = pair.get(subject)?.filter((one) => one !== span) ?? [];
    if (left.length === 0) pair.delete(subject);
    else pair.set(subject, left);
    if (kind === 'half-open') pairOf(this.endedHandshakes, owner).set(subject, { span, atUs });
    return span;
  }

  /** The oldest span that `owner` began towards `subject` and that nothing answers. */
  private unanswered(owner: Life, subject: Life): OpenSpan | undefined {
    const open = this.byPair.get(owner)?.get(subject);
    return open?.find(({ isAnswered, kind }) => !isAnswered && kind === 'client');
  }
}

function childOf(parent: SpanContext, own: SpanContext): Pick<ConnectionSpan, 'context' | 'parentId'> {
  return { context: { traceId: parent.traceId, spanId: own.spanId }, parentId: parent.spanId };
}

function pairOf<Value>(pairs: WeakMap<Life, Map<Life, Value>>, owner: Life): Map<Life, Value> {
  let pair = pairs.get(owner);
  if (pair === undefined) pairs.set(owner, (pair = new Map<Life, Value>()));
  return pair;
}
