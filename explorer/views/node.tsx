// One node at the cursor: the event there, what it changed, and the node's state and tasks.
// Invariant: state and changes are of the same event; text of the run is shown as text.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { formatDuration } from '../../sim/duration.ts';
import { timeText } from '../../properties/view/time-text.ts';
import { topologyAt } from '../../properties/view/topology.ts';
import type { RunData } from '../../properties/view/run-data.ts';
import type { ChangeView, EventView, NodeView } from '../run/run-view.ts';
import { valueText } from './json-shape.ts';
import { JsonTree } from './json-tree.tsx';
import { useMoment } from './moment.ts';
import { tasksByPath } from './task-groups.ts';
import { nameOf } from './topology-lines.ts';
import './node.css';
import type { ViewProps } from './view-props.ts';

const FIRST_CHANGES = 12;
const FIRST_SENT = 6;
const VALUE_LETTERS = 90;

/** See the file's head. */
export function NodeState({ exploration, run }: ViewProps) {
  const { event, node, isAsking, problem } = useMoment(exploration, run);
  const data = run.data.value;
  if (data === undefined) return <p class="empty">The run is being set up.</p>;
  if (problem !== undefined) return <p class="empty">{problem}</p>;
  const isMoving = exploration.following.value && run.phase.value === 'running';
  return (
    <div class="node-view" aria-busy={isAsking}>
      <Choice exploration={exploration} data={data} node={node} isAsking={isAsking} />
      {event === undefined ? (
        <p class="empty">
          {isMoving
            ? 'Events and states are shown once the run is held, or the cursor is moved.'
            : 'Repeating the run up to the cursor …'}
        </p>
      ) : (
        <EventPart event={event} data={data} exploration={exploration} />
      )}
      {node !== undefined && <NodePart node={node} event={event} data={data} />}
    </div>
  );
}

function Choice({
  exploration,
  data,
  node,
  isAsking,
}: Pick<ViewProps, 'exploration'> & { data: RunData; node: NodeView | undefined; isAsking: boolean }) {
  const { peer } = exploration;
  const choose = (text: string): void => {
    peer.value = text === '' ? undefined : Number(text);
  };
  return (
    <p class="node-choice">
      <label>
        <span class="visually-hidden">node</span>
        <select value={peer.value ?? ''} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="">whose event it is</option>
          {data.peers.map((name, index) => (
            <option key={index} value={index}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <span class="node-life" role="status">
        {isAsking ? 'repeating the run up to the cursor …' : node === undefined ? '' : lifeText(node, data)}
      </span>
    </p>
  );
}

function lifeText({ peer, running, incarnation, bornUs, atUs }: NodeView, { peers }: RunData): string {
  const name = nameOf(peers, peer);
  if (!running) return `${name} does not run at ${timeText(atUs)}`;
  return `${name}, incarnation ${incarnation}, ${bornUs === 0 ? 'from the start' : `since ${timeText(bornUs)}`}`;
}

function EventPart({
  event,
  data,
  exploration,
}: {
  event: EventView;
  data: RunData;
} & Pick<ViewProps, 'exploration'>) {
  const { number, atUs, peer, what, from, changes, sent } = event;
  const all = useSignal(false);
  const shown = all.value ? changes : changes.slice(0, FIRST_CHANGES);
  const who = (index: number) => (
    <button type="button" class="plain" onClick={() => (exploration.peer.value = index)}>
      {nameOf(data.peers, index)}
    </button>
  );
  return (
    <section class="node-event" aria-label="the event at the cursor">
      <h3>
        {number === 0 ? 'Before any event' : what}
        {from !== undefined && from !== peer && <> from {who(from)}</>}
        {peer >= 0 && <> at {who(peer)}</>}
      </h3>
      <p class="node-about figures">
        {number > 0 && `event ${number.toLocaleString('en-GB')}, ${formatDuration(atUs)}`}
        {changes.length === 0 && number > 0 && '; it changed nothing that is shown'}
      </p>
      {shown.length > 0 && (
        <ul class="node-changes">
          {shown.map((change, place) => (
            <Change key={place} change={change} />
          ))}
        </ul>
      )}
      {changes.length > shown.length && (
        <button type="button" class="plain" onClick={() => (all.value = true)}>
          {changes.length - shown.length} more changes
        </button>
      )}
      {sent.length > 0 && (
        <p class="node-about">
          sent{' '}
          {sent
            .slice(0, FIRST_SENT)
            .map(
              ({ to, what: message, arrivesUs }) =>
                `${message} to ${nameOf(data.peers, to)} (${timeText(arrivesUs - atUs)})`,
            )
            .join(', ')}
          {sent.length > FIRST_SENT && ` and ${sent.length - FIRST_SENT} more`}
        </p>
      )}
    </section>
  );
}

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;

function Change({ change: { op, path, old, now } }: { change: ChangeView }) {
  return (
    <li class={`node-change ${op}`}>
      <span class="node-sign" aria-label={op}>
        {SIGNS[op]}
      </span>
      <span>
        {path}
        {op !== 'added' && <del>{valueText(old, VALUE_LETTERS)}</del>}
        {op !== 'removed' && <ins>{valueText(now, VALUE_LETTERS)}</ins>}
      </span>
    </li>
  );
}

function NodePart({ node, event, data }: { node: NodeView; event: EventView | undefined; data: RunData }) {
  const opened = useSignal<ReadonlyMap<string, boolean>>(new Map());
  const gone = useMemo(() => {
    const { peers } = topologyAt(data.topology, node.atUs);
    return new Set(peers.filter(({ live }) => !live).map(({ peer }) => nameOf(data.peers, peer)));
  }, [data, node.atUs]);
  const changed = useMemo(() => {
    const isOwn = event?.number === node.eventNumber && event.peer === node.peer;
    return new Set(isOwn ? event.changes.map(({ path }) => path) : []);
  }, [event, node]);
  if (!node.running) return null;
  const groups = tasksByPath(node.tasks);
  return (
    <>
      <section class="node-state" aria-label="state" tabIndex={0}>
        <h3>
          State <small>{gone.size > 0 ? 'peers that are gone are crossed out' : ''}</small>
        </h3>
        <JsonTree value={node.state} look={{ opened, changed, gone }} />
      </section>
      {groups.length > 0 && (
        <section class="node-tasks" aria-label="tasks" tabIndex={0}>
          <h3>
            Tasks <small>{node.tasks.length.toLocaleString('en-GB')} open</small>
          </h3>
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">path</th>
                <th scope="col">open</th>
                <th scope="col">oldest</th>
                <th scope="col">awaits</th>
              </tr>
            </thead>
            <tbody>
              {groups.map(({ path, count, oldestUs, awaits }) => (
                <tr key={path}>
                  <th scope="row">{path}</th>
                  <td>{count}</td>
                  <td>{timeText(oldestUs)}</td>
                  <td>{awaits}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
