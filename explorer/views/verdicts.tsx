// Every property.
// Invariant: text of the run is shown as text.
import type { ViewProps } from './view-props.ts';

/** See the file's head. */
export function Verdicts({ run }: ViewProps) {
  const data = run.data.value;
  return <p class="empty">{data === undefined ? 'Nothing yet.' : data.scenario.name}</p>;
}
