// Who is connected to whom at the cursor: live and gone peers, links, ghosts and one-sided relations.
// Invariant: what is drawn is the topology of the cursor's moment; a click, a tap and the keys select the same peer.
import { effect, useComputed, useSignal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { emptyTrack, topologyAt } from '../../properties/view/topology.ts';
import type { TopologyNow } from '../../properties/view/topology.ts';
import { useCanvas } from './canvas.ts';
import { LINE_LOOKS, paintTopology } from './topology-paint.ts';
import { TopologyLayout } from './topology-layout.ts';
import { lineCounts, linesOf, pairText, peerText } from './topology-lines.ts';
import type { LineKind } from './topology-lines.ts';
import { hitAt, spotsOf, towards } from './topology-spots.ts';
import type { Spot } from './topology-spots.ts';
import './topology.css';
import type { ViewProps } from './view-props.ts';

const LEGEND: readonly (readonly [kind: LineKind, text: string, hint: string])[] = [
  ['link', 'neighbours', 'both sides count the other as a neighbour'],
  ['open', 'connected only', 'an open connection between two that are not neighbours'],
  ['half-open', 'half-open', 'a handshake under way'],
  ['one-sided', 'one-sided', 'one side counts the other as a neighbour, the other does not'],
  ['ghost', 'ghosts', 'leads to a life that is over'],
];
/** A peer, or the pair of two. */
interface Hovered {
  readonly a: number;
  readonly b?: number;
}

/** Real time that the first layout may take at once, in milliseconds; the rest is animated. */
const FIRST_LAYOUT_MS = 120;

/** See the file's head. */
export function Topology({ exploration, run }: ViewProps) {
  const data = run.data;
  const saidId = useId();
  const now = useComputed(() => topologyAt(data.value?.topology ?? emptyTrack(), exploration.cursorUs.value));
  const lines = useComputed(() => linesOf(now.value));
  const hidden = useSignal<ReadonlySet<LineKind>>(new Set());
  const hovered = useSignal<Hovered | undefined>(undefined);
  const layout = useMemo(() => new TopologyLayout(), [run]);
  const steps = useSteps(layout, now);
  const spots = useRef<ReadonlyMap<number, Spot>>(new Map());
  const canvas = useCanvas(
    (surface) => {
      void steps.value;
      spots.current = spotsOf(layout.places(), surface.width, surface.height);
      paintTopology(surface, {
        spots: spots.current,
        lines: lines.value,
        names: data.value?.peers ?? [],
        hidden: hidden.value,
        selected: exploration.peer.value,
        hovered: hovered.value,
      });
    },
    [run, layout],
  );
  const hit = (event: MouseEvent): Hovered | undefined => {
    const shown = lines.value.filter(({ kind }) => !hidden.value.has(kind));
    return hitAt(spots.current, shown, event.offsetX, event.offsetY);
  };
  const move = (event: PointerEvent): void => {
    const found = hit(event);
    const { value } = hovered;
    if (found?.a !== value?.a || found?.b !== value?.b) hovered.value = found;
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') exploration.peer.value = undefined;
    else if (event.key.startsWith('Arrow'))
      exploration.peer.value = towards(spots.current, exploration.peer.value, event.key);
    else return;
    event.preventDefault();
  };
  // Told as text, so that what stays the same while the cursor plays is not rendered anew.
  const counts = useComputed(() => countsText(now.value, lineCounts(lines.value), layout.goneLeftOut));
  const said = useComputed(() => saidText(now.value, hovered.value, exploration.peer.value, data.value?.peers ?? []));
  const isEmpty = useComputed(() => now.value.peers.length === 0);
  return (
    <div class="topology-view">
      <div class="topology-stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label="topology; arrow keys go from peer to peer, Escape lets go"
          aria-describedby={saidId}
          onPointerMove={move}
          onPointerLeave={() => (hovered.value = undefined)}
          onClick={(event) => (exploration.peer.value = hit(event)?.a)}
          onKeyDown={press}
        />
        {isEmpty.value && <p class="empty topology-empty">Nobody lives yet at this moment.</p>}
      </div>
      <Legend counts={counts} hidden={hidden} />
      <p class="topology-said" id={saidId} aria-live="polite">
        {said}
      </p>
    </div>
  );
}

/** Lets the layout move while it has to; the value counts the steps, so that whoever draws follows it. */
function useSteps(layout: TopologyLayout, now: { readonly value: TopologyNow }) {
  const steps = useSignal(0);
  useEffect(() => {
    let frame = 0;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const turn = (): void => {
      frame = 0;
      if (layout.resting) return;
      layout.tick();
      steps.value = steps.peek() + 1;
      frame = requestAnimationFrame(turn);
    };
    let isFirst = true;
    const stop = effect(() => {
      layout.show(now.value);
      if (now.value.peers.length === 0) return;
      const untilMs = performance.now() + FIRST_LAYOUT_MS;
      while (!layout.resting && (isStill || isFirst) && performance.now() < untilMs) layout.tick();
      isFirst = false;
      // After this effect: whoever draws has its own.
      if (frame === 0) frame = requestAnimationFrame(turn);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [layout]);
  return steps;
}

interface Counts extends Readonly<Record<LineKind, number>> {
  readonly live: number;
  readonly gone: number;
  readonly leftOut: number;
}

function countsText(now: TopologyNow, lines: Readonly<Record<LineKind, number>>, leftOut: number): string {
  const counts: Counts = { ...lines, live: now.liveCount, gone: now.peers.length - now.liveCount, leftOut };
  return JSON.stringify(counts);
}

function Legend({ counts: text, hidden }: { counts: ReadonlySignal<string>; hidden: Signal<ReadonlySet<LineKind>> }) {
  const counts = JSON.parse(text.value) as Counts;
  const toggle = (kind: LineKind): void => {
    const next = new Set(hidden.value);
    if (!next.delete(kind)) next.add(kind);
    hidden.value = next;
  };
  return (
    <ul class="topology-legend figures">
      <li>
        <span class="key">
          <svg width="14" height="12" aria-hidden="true">
            <circle cx="7" cy="6" r="4.5" fill="var(--node-live)" />
          </svg>
          live <b>{counts.live}</b>
        </span>
      </li>
      <li>
        <span class="key" title={counts.leftOut > 0 ? `${counts.leftOut} that nobody holds are not drawn` : ''}>
          <svg width="14" height="12" aria-hidden="true">
            <path d="M3.5 2.5l7 7m0-7l-7 7" stroke="var(--muted)" stroke-width="1.6" />
          </svg>
          gone <b>{counts.gone}</b>
        </span>
      </li>
      {LEGEND.map(([kind, name, hint]) => (
        <li key={kind}>
          <button
            type="button"
            class={`key${counts[kind] === 0 ? ' none' : ''}`}
            aria-pressed={!hidden.value.has(kind)}
            title={hint}
            data-kind={kind}
            onClick={() => toggle(kind)}
          >
            <LineSample kind={kind} />
            {name} <b>{counts[kind]}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}

function LineSample({ kind }: { kind: LineKind }) {
  const { token, dash, width } = LINE_LOOKS[kind];
  const colour = `var(--${token})`;
  const mark = kind === 'one-sided';
  return (
    <svg width="26" height="12" aria-hidden="true">
      <path d="M1 6H25" stroke={colour} stroke-width={width + 0.4} stroke-dasharray={dash.join(' ')} />
      {mark && <path d="M1 6H13" stroke={colour} stroke-width={width + 0.4} />}
      {mark && <path d="M11 2l7 4-7 4z" fill={colour} />}
    </svg>
  );
}

/** What the pointer is on, or what is selected, in words. */
function saidText(
  now: TopologyNow,
  hovered: Hovered | undefined,
  selected: number | undefined,
  names: readonly string[],
): string {
  const pair = hovered?.b === undefined ? undefined : now.pairs.find(({ a, b }) => a === hovered.a && b === hovered.b);
  if (pair !== undefined) return `${pairText(pair, names)}.`;
  const peer = hovered?.a ?? selected;
  return peer === undefined
    ? 'Point at a peer or a line, or select a peer to see its state.'
    : peerText(now, peer, names);
}
