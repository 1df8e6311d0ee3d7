// The formats that a run can be exported in: what each is for, and what it takes.
// Invariant: a format that takes no samples, or no single moment, is refused one.
import { InputError } from '../../sim/errors.ts';
import { unknownName } from '../../sim/input.ts';
import type { Soak } from '../soak/scenario.ts';
import { ChromeWriter } from './chrome.ts';
import type { ExportTerms, TraceWriter } from './export.ts';
import { MetricsWriter } from './metrics.ts';
import { OtlpWriter } from './otlp.ts';
import { SHIVIZ_PARSER, ShivizWriter } from './shiviz.ts';
import type { TextOut } from './text-out.ts';
import { TopologyWriter } from './topology.ts';

/** What a writer is made of. */
export interface WriterTerms extends ExportTerms {
  readonly soak: Soak;
  /** What virtual time 0 stands for, in microseconds since 1970. */
  readonly epochUs: number;
  /** Only what there is at the end of the window. */
  readonly isSnapshot: boolean;
}

/** A format. */
export interface ExportFormat {
  readonly name: string;
  /** What it holds, in a few words. */
  readonly summary: string;
  /** What to do with the file, as one sentence. */
  readonly use: string;
  /** True when it holds samples over time. */
  readonly samples: boolean;
  /** True when it can hold a single moment. */
  readonly snapshots: boolean;
  /** True when its times are dates. */
  readonly dated: boolean;
  writer(out: TextOut, terms: WriterTerms): TraceWriter;
}

/** Every format, in the order to list them. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'otlp',
    summary: 'OpenTelemetry traces as OTLP JSON: lives, tasks, connections, and a span for every message',
    use: "upload it in Jaeger's search page, or send it to an OTLP/HTTP endpoint (/v1/traces)",
    samples: false,
    snapshots: false,
    dated: true,
    writer: (out, { soak, epochUs }) => new OtlpWriter(out, soak, epochUs),
  },
  {
    name: 'chrome',
    summary: 'Chrome trace events: a process per peer, a thread per task and connection, arrows for messages, counters',
    use: 'open it in ui.perfetto.dev or chrome://tracing',
    samples: true,
    snapshots: false,
    dated: false,
    writer: (out, { soak, toUs }) => new ChromeWriter(out, soak, toUs),
  },
  {
    name: 'shiviz',
    summary: 'space-time log with vector clocks, in the form of ShiViz',
    use: `upload it in ShiViz, or paste it from its third line on with the parser ${SHIVIZ_PARSER}`,
    samples: false,
    snapshots: false,
    dated: false,
    writer: (out) => new ShivizWriter(out),
  },
  {
    name: 'openmetrics',
    summary: 'metrics over time as OpenMetrics text',
    use: 'import it with promtool tsdb create-blocks-from openmetrics, or whatever reads Prometheus text',
    samples: true,
    snapshots: false,
    dated: true,
    writer: (out, { soak, epochUs }) => new MetricsWriter(out, soak, 'openmetrics', epochUs),
  },
  {
    name: 'csv',
    summary: 'the same metrics as comma-separated values, a column a series',
    use: 'open it in a spreadsheet or a notebook',
    samples: true,
    snapshots: false,
    dated: false,
    writer: (out, { soak, epochUs }) => new MetricsWriter(out, soak, 'csv', epochUs),
  },
  {
    name: 'graphml',
    summary: 'topology over time, or at a moment: lives, neighbours and connections with start and end',
    use: 'open it in Gephi, yEd or networkx',
    samples: false,
    snapshots: true,
    dated: false,
    writer: (out, { soak, isSnapshot }) => new TopologyWriter(out, soak, 'graphml', isSnapshot),
  },
  {
    name: 'dot',
    summary: 'the same as DOT',
    use: 'draw it with Graphviz, such as dot -Tsvg',
    samples: false,
    snapshots: true,
    dated: false,
    writer: (out, { soak, isSnapshot }) => new TopologyWriter(out, soak, 'dot', isSnapshot),
  },
];

/**
 * The format of that name.
 *
 * @throws {InputError} `unknown-format` with the known names and the nearest.
 */
export function exportFormat(name: string): ExportFormat {
  const found = EXPORT_FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    'format',
    name,
    EXPORT_FORMATS.map((format) => format.name),
  );
}

/**
 * Refuses what a format does not take.
 *
 * @param asked - Whether each was asked for.
 * @throws {InputError} `contradiction`.
 */
export function refuseMisfits(
  { name, samples, snapshots, dated }: ExportFormat,
  asked: { readonly at: boolean; readonly every: boolean; readonly epoch: boolean },
): void {
  const misfit =
    asked.at && !snapshots
      ? ['--at', namesOf((format) => format.snapshots)]
      : asked.every && !samples
        ? ['--every', namesOf((format) => format.samples)]
        : asked.epoch && !dated
          ? ['--epoch', namesOf((format) => format.dated)]
          : undefined;
  if (misfit === undefined) return;
  const [flag, those] = misfit;
  throw new InputError('contradiction', `${flag}: received it with format ${name}, expected one of ${those}`, { name });
}

function namesOf(has: (format: ExportFormat) => boolean): string {
  return EXPORT_FORMATS.filter(has)
    .map(({ name }) => name)
    .join(', ');
}
