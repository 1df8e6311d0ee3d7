// A span as OTLP's JSON mapping writes it.
// Invariant: times are whole nanoseconds as decimal strings, exact for any virtual time and any epoch until the year 2200.

/** Kinds of spans, with their numbers in the protocol. */
const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const STATUS_ERROR = 2;

/** See {@link KINDS}. */
export type SpanKind = keyof typeof KINDS;

/** What identifies a span: 32 and 16 lower-case hexadecimal digits. */
export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span; times in virtual microseconds. */
export interface OtlpSpan extends SpanContext {
  /** Id of a span of the same trace; undefined for the root. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly { readonly name: string; readonly atUs: number }[];
  readonly links: readonly SpanContext[];
  /** What went wrong; undefined for nothing. */
  readonly error: string | undefined;
}

/** The JSON of a span. */
export function spanJson(span: OtlpSpan, epochUs: number): string {
  const { traceId, spanId, parentId, name, kind, startUs, endUs, attributes, events, links, error } = span;
  const keyed = Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
  return JSON.stringify({
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(epochUs + startUs),
    endTimeUnixNano: nanoseconds(epochUs + endUs),
    ...(keyed.length === 0 ? {} : { attributes: keyed }),
    ...(events.length === 0
      ? {}
      : { events: events.map(({ name: what, atUs }) => ({ timeUnixNano: nanoseconds(epochUs + atUs), name: what })) }),
    ...(links.length === 0 ? {} : { links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })) }),
    ...(error === undefined ? {} : { status: { message: error, code: STATUS_ERROR } }),
  });
}

function nanoseconds(us: number): string {
  return `${us}000`;
}

function valueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
