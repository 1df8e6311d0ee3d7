// What is left behind: by path class or site, how it grows with each departure, since when, and where to look.
// Invariant: rows are as the judges say, what grows first; a table without rows says why it has none.
import { timeText } from '../../properties/view/time-text.ts';
import { short } from '../../properties/judges/cohort.ts';
import type { ResidueRow, RunData } from '../../properties/view/run-data.ts';
import { moveCursor } from '../run/exploration.ts';
import { Sparkline } from './sparkline.tsx';
import './residue.css';
import type { ViewProps } from './view-props.ts';

const KINDS: Readonly<Record<ResidueRow['kind'], readonly [name: string, hint: string]>> = {
  mention: ['mention', 'a path by which living nodes still hold peers that are gone'],
  ledger: ['open', 'entries of the ledger that were opened and not closed'],
  collection: ['collection', 'elements of a collection, whatever they are keyed by'],
};
/** Examples that are shown at once. */
const FIRST_EXAMPLES = 1;

/** See the file's head. */
export function Residue({ exploration, run }: ViewProps) {
  const data = run.data.value;
  if (data === undefined) return <p class="empty">The run is being set up.</p>;
  const grown = data.residue.filter(({ grows }) => grows);
  const rest = data.residue.filter(({ grows }) => !grows);
  return (
    <div class="residue-view">
      {grown.length === 0 ? <p class="empty">{whyEmpty(data)}</p> : <Rows rows={grown} exploration={exploration} />}
      {rest.length > 0 && (
        <details class="residue-rest">
          <summary>
            {rest.length} {rest.length === 1 ? 'path class' : 'path classes'} with mentions that do not grow
          </summary>
          <Rows rows={rest} exploration={exploration} />
        </details>
      )}
    </div>
  );
}

function whyEmpty({ verdicts, calms, reachedUs }: RunData): string {
  const passed = calms.filter(({ untilUs }) => untilUs <= reachedUs).length;
  if (verdicts.length === 0) {
    const next = calms[passed];
    const when = next === undefined ? '' : `; the next one ends at ${timeText(next.untilUs)}`;
    return `Nothing grows so far. What is left behind is counted at the end of each calm, and judged at the end of the run${when}.`;
  }
  return `Nothing grows: at the ends of ${passed} calms neither collections, nor open entries, nor mentions of departed peers rose with departures.`;
}

function Rows({ rows, exploration }: { rows: readonly ResidueRow[] } & Pick<ViewProps, 'exploration'>) {
  return (
    <table class="residue-table">
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">at calms</th>
          <th scope="col" class="number">
            growth
          </th>
          <th scope="col">since</th>
          <th scope="col">for example</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={`${row.kind} ${row.path}`} row={row} exploration={exploration} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, exploration }: { row: ResidueRow } & Pick<ViewProps, 'exploration'>) {
  const { path, kind, property, slope, driver, drivers, values, sinceUs, examples, grows } = row;
  const [name, hint] = KINDS[kind];
  const [from, to] = [values[0] ?? 0, values.at(-1) ?? 0];
  const show = (): void => {
    if (property !== undefined) exploration.property.value = property;
    if (sinceUs !== undefined) moveCursor(exploration, sinceUs);
  };
  return (
    <tr data-path={path}>
      <th scope="row">
        <code>{path}</code>
        <span class="residue-kind" title={hint}>
          {name}
          {property === undefined ? '' : `, breaks ${property}`}
        </span>
      </th>
      <td class="residue-spark">
        <Sparkline drivers={drivers} values={values} driver={plural(driver)} grows={grows} />
        <span class="figures residue-ends">
          {short(from)} → {short(to)}
        </span>
      </td>
      <td class="number figures">
        <b>
          {slope >= 0 ? '+' : '−'}
          {short(Math.abs(slope))}
        </b>
        <span class="residue-per">per {driver}</span>
      </td>
      <td class="figures residue-since">
        {sinceUs === undefined ? (
          <span class="empty">–</span>
        ) : (
          <button type="button" class="plain" onClick={show} aria-label={`show ${timeText(sinceUs)}`}>
            {timeText(sinceUs)}
          </button>
        )}
      </td>
      <td class="residue-examples">
        <Examples examples={examples} />
      </td>
    </tr>
  );
}

function Examples({ examples }: { examples: readonly string[] }) {
  if (examples.length === 0) return <span class="empty">none was kept</span>;
  const [first, rest] = [examples.slice(0, FIRST_EXAMPLES), examples.slice(FIRST_EXAMPLES)];
  return (
    <>
      {first.map((text) => (
        <code key={text}>{text}</code>
      ))}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more</summary>
          {rest.map((text, place) => (
            <code key={place}>{text}</code>
          ))}
        </details>
      )}
    </>
  );
}

function plural(driver: string): string {
  return `${driver}s`;
}
