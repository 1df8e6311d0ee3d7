// What telemetry takes and costs: its configuration, defects, modelled sizes, cost frames and declared caps.
// Invariant: every calibrated number of it stands here, and nowhere else.
import * as v from 'valibot';
import type { Retention } from '../../sim/census/retention.ts';
import { integerBetween } from '../../sim/input.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

const intervalUs = integerBetween(1000, 86_400_000_000);

/** Validates a {@link TelemetryConfig}; every field has a default. */
export const telemetryConfigSchema = v.strictObject({
  exportIntervalUs: v.optional(intervalUs, 5_000_000),
  keepLast: v.optional(integerBetween(1, 1_000_000), 128),
  queueSpans: v.optional(integerBetween(1, 1_000_000), 2048),
  sampleIntervalUs: v.optional(intervalUs, 15_000_000),
  sampleRing: v.optional(integerBetween(1, 1_000_000), 240),
  hostProcesses: v.optional(integerBetween(0, 10_000_000), 12_000),
  processesPerSample: v.optional(integerBetween(0, 1_000_000), 134),
});

/**
 * Parameters of telemetry. Intervals are integers in microseconds from 1 ms to one day (included).
 *
 * - `exportIntervalUs` (5 s): pace of the batch exporter. Default of OpenTelemetry's batch span processor.
 * - `keepLast` (128): events that a span keeps, the oldest make room. OpenTelemetry's event count limit.
 * - `queueSpans` (2048): closed spans that wait for the exporter; more are dropped. OpenTelemetry's queue size.
 * - `sampleIntervalUs` (15 s): pace of the load sampler; `sampleRing` (240): samples that it keeps.
 * - `hostProcesses` (12,000): processes that the host runs, `processesPerSample` (134): those that begin, and end,
 *   between two samples. Matter only to a sampler that lists them all.
 */
export type TelemetryConfig = Readonly<v.InferOutput<typeof telemetryConfigSchema>>;

/** The faults that telemetry and the load sampler can reinstate. */
export const telemetryDefects = [
  {
    id: 'otel-debug-floor',
    source: 'incident report',
    layer: 'telemetry',
    summary: 'the export layer takes DEBUG and keeps every event: the library events land in spans that never close',
  },
  {
    id: 'otel-span-per-connection-handler',
    source: 'iroh#3963',
    layer: 'telemetry',
    summary: "a span as long as a connection's accept handler collects all library events, without a cap",
  },
  {
    id: 'sampler-enumerates-processes',
    source: 'incident report',
    layer: 'host',
    summary: 'each load sample lists every process of the host instead of its own',
  },
] as const satisfies readonly Defect[];

/** Which of {@link telemetryDefects} are on. */
export type TelemetryDefects = DefectSwitches<(typeof telemetryDefects)[number]['id']>;

/** How important an event is. */
export type Level = 'debug' | 'info';

/**
 * Modelled sizes in bytes. Calibrated to the reported heap: a span's event vector of 2 MB (2^15 slots of 64 bytes),
 * telemetry of 2.0 MB when nothing is wrong with it, a sampler of 1.6 MB, and of 9.1 MB once it has listed the host for 35 minutes.
 */
export const TELEMETRY_BYTES = {
  /** An open span or a closed one that waits: name, ids, timestamps, its own attributes. */
  span: 640,
  /** One slot of a span's event vector. */
  eventSlot: 64,
  /** What every event holds beside its slot: level, target and place; its fields come on top. */
  eventAttributes: 192,
  /** Room for the fields of one event in a vector of fixed length. */
  ringFields: 64,
  /** The exporter's queue, batch and connection, and the registry of spans: a level, whatever is exported. */
  exporter: 1_670_000,
  /** The sampler's own tables, whatever it samples. */
  sampler: 1_540_000,
  /** One sample of the own process. */
  sample: 256,
  /** One process that was listed: its entry, name, command line and path. */
  process: 245,
} as const;

/** CPU time by frame, in microseconds per occurrence; calibrated. `walk` is per event, `list_processes` per process. */
export const TELEMETRY_COSTS = {
  'telemetry/on_event': 1.2,
  'telemetry/span.open': 1.5,
  'telemetry/span.close': 1.5,
  'telemetry/span.enter': 0.1,
  'telemetry/span.exit': 0.1,
  'telemetry/export/walk': 0.3,
  'telemetry/export/record': 6,
  'sampler/own_process': 90,
  'sampler/list_processes': 8,
} as const;

/** A frame of {@link TELEMETRY_COSTS}. */
export type TelemetryFrame = keyof typeof TELEMETRY_COSTS;

/** Spans that a node may have open at once without breaking the declared cap of their events. */
const MOST_OPEN_SPANS = 64;

/**
 * What telemetry declares about the state that it exposes.
 *
 * @param root - Where that stands in the node's state, such as `telemetry`; the sampler's below it, as `sampler`.
 */
export function telemetryRetention({ keepLast, sampleRing }: TelemetryConfig, root: string): Retention[] {
  return [
    {
      path: `${root}.spans[*].events`,
      cap: keepLast * MOST_OPEN_SPANS,
      why: 'a long-lived span keeps its last events, and no more',
    },
    { path: `${root}.sampler.samples`, cap: sampleRing, why: 'the last samples are kept in a ring' },
  ];
}
