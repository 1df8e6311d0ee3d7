// Resources over virtual time: a chart for each unit, with churn marked, calms shaded, and when things broke.
// Invariant: all charts have one time axis; runs that are compared have one scale as well.
import { useSignal } from '@preact/signals';
import type { Finding, RunData } from '../../properties/view/run-data.ts';
import { ChartBox } from './chart-box.tsx';
import { peakOf } from './curves.ts';
import './timelines.css';
import type { ViewProps } from './view-props.ts';

/** Charts that a model may have nothing for, in words. */
const MAY_LACK: readonly (readonly [id: string, what: string])[] = [
  ['tasks', 'tasks'],
  ['connections', 'connections'],
  ['handshakes', 'dials and joins'],
  ['heap', 'retained bytes'],
  ['spans', 'spans'],
  ['cpu', 'CPU time'],
  ['messages', 'messages'],
];

/** See the file's head. */
export function Timelines({ exploration, run, compared }: ViewProps) {
  const hoveredRow = useSignal<number | undefined>(undefined);
  const data = run.data.value;
  const other = compared?.data.value;
  if (data === undefined) return <p class="empty">The run is being set up; curves begin with its first sample.</p>;
  const { charts } = data.timeline;
  if (charts.length === 0) {
    return <p class="empty">No sample yet: the first is taken once the run has gone on for a moment.</p>;
  }
  const endUs = Math.max(data.endUs, other?.endUs ?? 0);
  const lacking = MAY_LACK.filter(([id]) => !charts.some((chart) => chart.id === id)).map(([, what]) => what);
  return (
    <div class="timelines-view">
      <Marks data={data} />
      <div class="charts">
        {charts.map((chart) => (
          <ChartBox
            key={chart.id}
            chart={chart}
            data={data}
            exploration={exploration}
            hoveredRow={hoveredRow}
            sinceUs={sinceOf(chart.id, data.findings, exploration.property.value)}
            endUs={endUs}
            peak={peakOf(chart.id, [data, other])}
            tall={chart.id === 'leak'}
          />
        ))}
      </div>
      {lacking.length > 0 && (
        <p class="empty">
          Without a chart, as there {data.verdicts.length > 0 ? 'were' : 'have been'} none so far: {lacking.join(', ')}.
        </p>
      )}
    </div>
  );
}

/** When what a chart shows broke; that of the property that is looked at goes across all charts. */
function sinceOf(id: string, findings: readonly Finding[], property: string | undefined): number[] {
  const about = findings.filter((finding) => finding.chart === id || finding.property === property);
  return [...new Set(about.flatMap(({ sinceUs }) => sinceUs ?? []))];
}

function Marks({ data }: { data: RunData }) {
  const { calms, churn, faults, findings } = data;
  return (
    <ul class="chart-marks">
      {calms.length > 0 && (
        <li>
          <span class="mark-calm" /> calm
        </li>
      )}
      {churn.length > 0 && (
        <li>
          <svg width="12" height="10" aria-hidden="true">
            <path d="M2 3v7M6 3v7M10 3v7" stroke="var(--churn)" stroke-width="1.2" />
          </svg>
          churn
        </li>
      )}
      {faults.length > 0 && (
        <li>
          <svg width="14" height="12" aria-hidden="true">
            <path d="M0 12L12 0M-4 8L4 0M6 14L16 4" stroke="var(--muted)" stroke-width="1" />
          </svg>
          fault
        </li>
      )}
      {findings.some(({ sinceUs }) => sinceUs !== undefined) && (
        <li>
          <svg width="10" height="12" aria-hidden="true">
            <path d="M5 2v10" stroke="var(--broken)" stroke-width="1.4" stroke-dasharray="3 2" />
            <path d="M1 0h8l-4 6z" fill="var(--broken)" />
          </svg>
          broke
        </li>
      )}
      <li>
        <svg width="6" height="12" aria-hidden="true">
          <path d="M3 0v12" stroke="var(--cursor)" stroke-width="1.6" />
        </svg>
        cursor
      </li>
    </ul>
  );
}
