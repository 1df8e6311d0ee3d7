import { createRequire } from 'node:module';
import test from 'ava';
import * as fc from 'fast-check';
import { exported, RUNS, soakOf } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;
/** Kinds of spans in the protocol. */
const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly service: string;
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[];
  }[];
}

/** What the protocol's own descriptors, compiled by protobufjs, give for a message. */
interface MessageType {
  verify(value: object): string | null;
  fromObject(value: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}

const { opentelemetry } = createRequire(import.meta.url)(
  '@opentelemetry/otlp-transformer/build/src/generated/root.js',
) as {
  opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } } };
};
const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1;

function spansOf({ resourceSpans }: Request): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')!.value.stringValue;
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });
}

/** Ids are hexadecimal in OTLP, where protobuf's own JSON would have base64: the one difference, taken out here. */
function withBase64Ids(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBase64Ids);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      /^(traceId|spanId|parentSpanId)$/.test(key)
        ? Buffer.from(field as string, 'hex').toString('base64')
        : withBase64Ids(field),
    ]),
  );
}

/** What is wrong with a request, in words; empty when nothing is. */
function faultsOf(spans: readonly Span[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const faults: string[] = [];
  if (byId.size !== spans.length) faults.push('two spans of one id');
  for (const span of spans) {
    const { traceId, spanId, parentSpanId, kind, links = [] } = span;
    if (!/^[\da-f]{32}$/.test(traceId) || !/^[\da-f]{16}$/.test(spanId)) faults.push(`id ${traceId} ${spanId}`);
    const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
    if (start > end || start <= 0n) faults.push(`${span.name} ends before it starts`);
    for (const link of links) {
      const target = byId.get(link.spanId);
      if (target === undefined || target.traceId !== link.traceId) faults.push(`${span.name} links to nothing`);
    }
    const parent = parentSpanId === undefined ? undefined : byId.get(parentSpanId);
    if (parentSpanId !== undefined && (parent === undefined || parent.traceId !== traceId)) {
      faults.push(`${span.name} has a parent that is not in its trace`);
    }
    if (parent !== undefined && BigInt(parent.startTimeUnixNano) > start) {
      faults.push(`${span.name} starts before its parent ${parent.name}`);
    }
    if (kind === CONSUMER && parent !== undefined && parent.kind !== PRODUCER)
      faults.push(`${span.name} of no producer`);
    if (kind === SERVER && parent?.service === span.service && parent.kind !== SERVER)
      faults.push(`${span.name} of its own`);
  }
  return faults;
}

test('a request is one of the protocol: its descriptors read it, and lose no field of it', (t) => {
  const { text } = exported('otlp', soakOf({ model: 'mesh', seed: '"\n\\', nodes: 5 }), { toUs: 2 * SECOND_US });
  const request = withBase64Ids(JSON.parse(text)) as object;
  t.is(ExportTraceServiceRequest.verify(ExportTraceServiceRequest.fromObject(request)), null);
  const read = ExportTraceServiceRequest.decode(
    ExportTraceServiceRequest.encode(ExportTraceServiceRequest.fromObject(request)).finish(),
  );
  t.deepEqual(ExportTraceServiceRequest.toObject(read, { longs: String, bytes: String }), request);
});

test('the same seed gives the same bytes, another gives other ids', (t) => {
  const scenario = { model: 'mesh', nodes: 5 };
  const { text } = exported('otlp', soakOf({ ...scenario, seed: '1' }), { toUs: 2 * SECOND_US });
  t.is(exported('otlp', soakOf({ ...scenario, seed: '1' }), { toUs: 2 * SECOND_US }).text, text);
  const ids = new Set(spansOf(JSON.parse(text) as Request).map(({ spanId }) => spanId));
  const others = exported('otlp', soakOf({ ...scenario, seed: '2' }), { toUs: 2 * SECOND_US }).text;
  t.false(spansOf(JSON.parse(others) as Request).some(({ spanId }) => ids.has(spanId)));
});

test('every parent is in its trace and starts first, every link leads somewhere, in any window of any run', (t) => {
  let count = 0;
  let servers = 0;
  fc.assert(
    fc.property(RUNS, ({ input, fromUs, toUs }) => {
      const soak = soakOf(input);
      const spans = spansOf(JSON.parse(exported('otlp', soak, { fromUs, toUs }).text) as Request);
      count += spans.length;
      servers += spans.filter(({ kind, parentSpanId }) => kind === SERVER && parentSpanId !== undefined).length;
      const faults = faultsOf(spans);
      if (faults.length > 0) throw new Error(faults.slice(0, 3).join('; '));
    }),
    { seed: 63, numRuns: 15 },
  );
  t.true(count > 5_000 && servers > 100, `${count} spans, ${servers} answered connections`);
});

test('the graph of services has an edge for every pair that connected, from the side that dialled', (t) => {
  const { text } = exported('otlp', soakOf({ model: 'mesh', seed: '7', nodes: 6 }), { toUs: 20 * SECOND_US });
  const spans = spansOf(JSON.parse(text) as Request);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const handshakes = spans.filter(({ name }) => name === 'quic.half-open');
  const answers = handshakes.filter(({ kind, parentSpanId }) => kind === SERVER && parentSpanId !== undefined);
  t.true(answers.length > 10);
  // Of a dial that was given up before it was answered there is no open span to belong to.
  t.true(handshakes.filter(({ kind }) => kind === SERVER).length - answers.length <= 2);
  for (const { service, parentSpanId } of answers) {
    const dial = byId.get(parentSpanId!)!;
    t.is(dial.kind, CLIENT);
    t.is(dial.name, 'quic.half-open');
    t.not(dial.service, service);
  }
  t.deepEqual([...new Set(spans.map(({ service }) => service))].toSorted(), ['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
});

test('a broadcast is one trace, from its origin to every node', (t) => {
  const { text } = exported('otlp', soakOf({ model: 'swarm', seed: '7', nodes: 8 }), { fromUs: 8 * SECOND_US });
  const spans = spansOf(JSON.parse(text) as Request);
  const origin = spans.find(({ name }) => name === 'broadcast')!;
  const reached = spans.filter(({ traceId }) => traceId === origin.traceId).map(({ service }) => service);
  t.is(new Set(reached).size, 8);
});

test('what is still open at the end of a window says so', (t) => {
  const { text } = exported('otlp', soakOf({ model: 'mesh', seed: '1', nodes: 4 }), { toUs: 5 * SECOND_US });
  t.true(text.includes('{"key":"quicksoak.open","value":{"boolValue":true}}'));
});
