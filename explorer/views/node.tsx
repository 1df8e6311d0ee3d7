// One node.
// Invariant: text of the run is shown as text.
import type { ViewProps } from './view-props.ts';

/** See the file's head. */
export function NodeState({ run }: ViewProps) {
  const data = run.data.value;
  return <p class="empty">{data === undefined ? 'Nothing yet.' : data.scenario.name}</p>;
}
