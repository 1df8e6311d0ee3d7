// The telemetry of one node: its open spans, the level floor, and the batch exporter that walks them.
// Invariant: what spans hold is counted where it is added and freed, and the exporter pays for what it walks.
import type { CostTable } from '../../sim/cost/table.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { interval } from '../../sim/tasks/timers.ts';
import { TELEMETRY_BYTES } from './contract.ts';
import type { Level, TelemetryConfig, TelemetryDefects, TelemetryFrame } from './contract.ts';
import { Span } from './span.ts';
import type { SpanOptions } from './span.ts';
import { Tally } from './tally.ts';

/** What a {@link Telemetry} and a load sampler are made of. */
export interface TelemetryOptions {
  readonly config: TelemetryConfig;
  readonly defects: TelemetryDefects;
  /** The model's table; frames of telemetry that it does not have are not charged. */
  readonly costs: CostTable | undefined;
}

/** See the file's head. Spans may be opened once its node runs. */
export class Telemetry {
  readonly node: TaskNode;
  /** Events that open spans hold, all together; kept by the spans. */
  heldEvents = 0;
  /** Closed spans that the exporter has taken, and those that found its queue full. */
  exportedSpans = 0;
  droppedSpans = 0;

  private readonly config: TelemetryConfig;
  private readonly defects: TelemetryDefects;
  private readonly costs: CostTable | undefined;
  /** False when no span takes debug events, so that those cost one comparison. */
  private readonly takesDebug: boolean;
  private readonly spans = new Set<Span>();
  private rootSpan: Span | undefined = undefined;
  /** Closed spans that wait for the exporter, and their events. */
  private queued = { spans: 0, events: 0 };
  private entry: EntryId = NO_ENTRY;
  private isShut = false;

  constructor(node: TaskNode, { config, defects, costs }: TelemetryOptions) {
    this.node = node;
    this.config = config;
    this.defects = defects;
    this.costs = costs;
    this.takesDebug = defects['otel-debug-floor'] === true || defects['otel-span-per-connection-handler'] === true;
  }

  /** The span of the node itself, in which events land that no other takes; undefined after {@link shutdown}. */
  get root(): Span | undefined {
    if (this.rootSpan === undefined && !this.isShut) {
      this.rootSpan = this.open('node', undefined, { keepLast: this.config.keepLast });
    }
    return this.rootSpan;
  }

  /** Opens a span; whoever opens it closes it, in `finally`. */
  span(name: string, options: SpanOptions = {}): Span {
    return this.open(name, options.parent ?? this.current(), options);
  }

  /** Adds an event to the span of the task at hand, else to the node's root; one below the floor costs a comparison. */
  event(level: Level, bytes: number): void {
    if (level === 'debug' && !this.takesDebug) return;
    this.current()?.event(level, bytes);
  }

  /** The batch exporter, to be spawned as `telemetry.export`. Cancelling it shuts telemetry down. */
  *run(): TaskBody<void> {
    const { executor, simulation } = this.node;
    const ticks = interval(executor, this.config.exportIntervalUs, 'telemetry-export');
    const { exporter } = TELEMETRY_BYTES;
    const entry = simulation.ledger?.open('listener', this.node, undefined, 'telemetry.exporter', exporter) ?? NO_ENTRY;
    try {
      for (;;) {
        yield* ticks.tick();
        this.export();
      }
    } finally {
      ticks.drop();
      simulation.ledger?.close(entry, 'stopped');
      this.shutdown();
    }
  }

  /** Closes every span and exports what waits. Spans opened later hold nothing. Harmless when called again. */
  shutdown(): void {
    if (this.isShut) return;
    for (const span of this.spans) span.close();
    this.export();
    this.isShut = true;
    this.rootSpan = undefined;
  }

  /** Open spans with the number of their events, and what waits for the exporter; for the census. */
  expose(): Record<string, unknown> {
    const spans = [...this.spans].map(({ name, subject, eventCount }) => ({
      name,
      events: new Tally(eventCount),
      ...(subject === undefined ? {} : { subject }),
    }));
    return { spans, queue: new Tally(this.queued.spans) };
  }

  /** A span has closed and lets go of its events; for {@link Span}. */
  closed(span: Span, bytes: number): void {
    this.spans.delete(span);
    this.heldEvents -= span.eventCount;
    this.charge('telemetry/span.close', 1);
    if (this.isShut) return;
    const { node, queued } = this;
    if (queued.spans >= this.config.queueSpans) {
      this.droppedSpans++;
      return;
    }
    queued.spans++;
    queued.events += span.eventCount;
    const { ledger } = node.simulation;
    if (this.entry === NO_ENTRY)
      // Spans, not a buffer: they wait for a tick that comes at its pace, and for nobody who would have to turn.
      this.entry = ledger?.open('span', node, undefined, 'telemetry.export', bytes) ?? NO_ENTRY;
    else ledger?.addBytes(this.entry, bytes);
  }

  /** Charges the task at hand, if the model has the frame. */
  charge(frame: TelemetryFrame, times: number): void {
    const op = this.costs?.index[frame];
    if (op !== undefined && times > 0) this.node.charge(op, times);
  }

  private open(name: string, parent: Span | undefined, options: SpanOptions): Span {
    const { config, defects } = this;
    const collectsAll = options.isHandler === true && defects['otel-span-per-connection-handler'] === true;
    const shipped = defects['otel-debug-floor'] === true;
    const span = new Span(this, name, {
      parent,
      subject: options.subject,
      floor: shipped || collectsAll ? 'debug' : 'info',
      keepLast: shipped || collectsAll ? Infinity : (options.keepLast ?? config.keepLast),
    });
    this.charge('telemetry/span.open', 1);
    if (!this.isShut) this.spans.add(span);
    else span.close();
    return span;
  }

  /** The nearest open span of the task at hand, else the root. */
  private current(): Span | undefined {
    const local = this.node.executor.current?.local;
    return local instanceof Span ? local.nearestOpen() : this.root;
  }

  /** Takes what waits, and reads all that open spans hold on its way. */
  private export(): void {
    const { queued } = this;
    this.charge('telemetry/export/walk', queued.events + this.heldEvents);
    this.charge('telemetry/export/record', queued.spans);
    this.exportedSpans += queued.spans;
    this.queued = { spans: 0, events: 0 };
    if (this.entry === NO_ENTRY) return;
    this.node.simulation.ledger?.close(this.entry, 'exported');
    this.entry = NO_ENTRY;
  }
}
