// The page: what broke at the top, the transport below it, and a panel for each view, of one run or of two side by side.
// Invariant: text of a user is shown as text, wherever it comes from.
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import type { RunView } from '../run/run-view.ts';
import { toggleTheme } from '../theme.ts';
import { Flame } from '../views/flame.tsx';
import { NodeState } from '../views/node.tsx';
import { Residue } from '../views/residue.tsx';
import { SpaceTime } from '../views/space-time.tsx';
import { Timelines } from '../views/timelines.tsx';
import { Topology } from '../views/topology.tsx';
import { Verdicts } from '../views/verdicts.tsx';
import type { ViewProps } from '../views/view-props.ts';
import type { Desk } from './desk.ts';
import { Headline } from './headline.tsx';
import { SetupForm } from './setup-form.tsx';
import { Transport } from './transport.tsx';

interface Panel {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly wide: boolean;
  readonly View: ComponentType<ViewProps>;
}

const PANELS: readonly Panel[] = [
  { id: 'topology', title: 'Topology', about: 'who is connected to whom', wide: false, View: Topology },
  { id: 'timelines', title: 'Over time', about: 'resources, with churn and calms', wide: false, View: Timelines },
  { id: 'node', title: 'One node', about: 'its state, and what the event changed', wide: false, View: NodeState },
  { id: 'residue', title: 'Left behind', about: 'what grows, and where it is held', wide: true, View: Residue },
  { id: 'space-time', title: 'Space and time', about: 'messages of a window', wide: true, View: SpaceTime },
  { id: 'flame', title: 'Flame graph', about: 'where simulated CPU goes', wide: true, View: Flame },
  { id: 'verdicts', title: 'Verdicts', about: 'every property, with its evidence', wide: true, View: Verdicts },
];

/** See the file's head. */
export function App({ desk }: { desk: Desk }) {
  const { exploration, mistake, isReport } = desk;
  const runs = exploration.runs.value;
  const settingUp = useSignal(runs.length === 0);
  const two = runs.length > 1;
  return (
    <div class="page">
      <header class="top">
        <span class="wordmark">
          quicksoak <span>{isReport.value ? 'report' : 'explorer'}</span>
        </span>
        <button type="button" aria-expanded={settingUp.value} onClick={() => (settingUp.value = !settingUp.value)}>
          {isReport.value ? 'Run something else' : 'Set up'}
        </button>
        <button type="button" onClick={toggleTheme} aria-label="change between light and dark">
          ◐
        </button>
      </header>
      {mistake.value !== undefined && (
        <p class="mistake" role="alert">
          {mistake.value}
        </p>
      )}
      {settingUp.value && <SetupForm desk={desk} onStart={() => (settingUp.value = false)} />}
      {runs.length > 0 && (
        <>
          <div class={`columns ${two ? 'two' : 'one'}`}>
            {runs.map((run, place) => (
              <Headline key={place} desk={desk} run={run} />
            ))}
          </div>
          {runs.some(isThere) && (
            <>
              <Transport desk={desk} />
              <div class={`columns ${two ? 'two' : 'one'}`}>
                {runs.map((run, place) => (
                  <Panels key={place} desk={desk} run={run} compared={runs[1 - place]} />
                ))}
              </div>
            </>
          )}
          <p class="foot">{runs[0]?.data.value?.tool}</p>
        </>
      )}
    </div>
  );
}

/** False for a run that could not be set up, of which there is nothing to show. */
function isThere(run: RunView): boolean {
  return run.phase.value !== 'failed' || run.data.peek() !== undefined;
}

function Panels({ desk, run, compared }: { desk: Desk; run: RunView; compared: RunView | undefined }) {
  return (
    <div class="panels">
      {PANELS.map(({ id, title, about, wide, View }) => (
        <section key={id} class={`panel ${id}${wide ? ' wide' : ''}`} aria-label={title} data-panel={id}>
          <h2>
            {title} <small>{about}</small>
          </h2>
          <View exploration={desk.exploration} run={run} compared={compared} />
        </section>
      ))}
    </div>
  );
}
