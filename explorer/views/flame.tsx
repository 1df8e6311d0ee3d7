// Where simulated CPU goes over the run: a flame graph whose root is at the bottom.
// Invariant: every frame that is drawn can be reached and zoomed by keys; what is too narrow to draw is counted.
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { shownQuantity } from '../../cli/format/quantity.ts';
import { flameBoxes, flameTree, frameAt, nextFrame } from './flame-layout.ts';
import type { FlameBox, FlameFrame } from './flame-layout.ts';
import { strokeOf } from './palette.ts';
import './flame.css';
import type { ViewProps } from './view-props.ts';

const ROW_PX = 23;
/** Share of the width under which a frame is not drawn. */
const LEAST_SHARE = 0.0012;

/** See the file's head. */
export function Flame({ run }: ViewProps) {
  const data = run.data.value;
  const stacks = data?.flame;
  const root = useMemo(() => flameTree(stacks ?? []), [stacks]);
  // As high as the whole, so that nothing moves away from under the pointer when it is zoomed.
  const height = useMemo(() => flameBoxes(root, LEAST_SHARE).depths, [root]);
  const focusPath = useSignal('');
  const currentPath = useSignal('');
  const isTouched = useSignal(false);
  const tree = useRef<HTMLDivElement>(null);
  if (data === undefined) return <p class="empty">The run is being set up.</p>;
  if (root.us === 0) {
    return (
      <p class="empty">
        {data.verdicts.length > 0
          ? `The model ${data.scenario.model} charges no CPU time, so there is nothing to divide.`
          : 'No CPU time has been charged so far.'}
      </p>
    );
  }
  const focus = frameAt(root, focusPath.value);
  const { boxes, depths, omitted } = flameBoxes(focus, LEAST_SHARE);
  const current = boxes.find(({ frame }) => frame.path === currentPath.value)?.frame ?? focus;
  const look = ({ path }: FlameFrame): void => {
    currentPath.value = path;
    isTouched.value = true;
  };
  const zoom = (frame: FlameFrame): void => {
    look(frame);
    focusPath.value = frame.path === focusPath.value ? (frame.parent?.path ?? '') : frame.path;
  };
  const showAll = (): void => {
    focusPath.value = '';
    currentPath.value = '';
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') zoom(current);
    else if (event.key === 'Escape') showAll();
    else if (event.key.startsWith('Arrow')) look(nextFrame({ frame: current, boxes }, event.key));
    else return;
    event.preventDefault();
    // The box to focus is there once the new state has been rendered.
    requestAnimationFrame(() => tree.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };
  return (
    <div class="flame-view">
      <div
        ref={tree}
        class="flame"
        role="tree"
        aria-label="flame graph; arrow keys go from frame to frame, Enter zooms, Escape shows all"
        style={{ height: `${Math.max(height, depths) * ROW_PX}px` }}
        onKeyDown={press}
        onPointerLeave={() => (isTouched.value = false)}
      >
        {boxes.map((box) => (
          <Box
            key={box.frame.path}
            box={box}
            root={root}
            isCurrent={box.frame === current}
            onLook={() => look(box.frame)}
            onZoom={() => zoom(box.frame)}
          />
        ))}
      </div>
      <p class="flame-said figures" aria-live="polite">
        {isTouched.value || focus !== root
          ? frameText(current, root)
          : `${shownQuantity(root.us, 'us')} of simulated CPU in all; point at a frame, click it to zoom.`}
        {focus !== root && (
          <button type="button" class="plain" onClick={showAll}>
            show all
          </button>
        )}
      </p>
      {omitted > 0 && <p class="empty">{omitted} frames are too narrow to draw here.</p>}
    </div>
  );
}

function Box({
  box: { frame, depth, left, width },
  root,
  isCurrent,
  onLook,
  onZoom,
}: {
  box: FlameBox;
  root: FlameFrame;
  isCurrent: boolean;
  onLook: () => void;
  onZoom: () => void;
}) {
  const share = (100 * frame.us) / root.us;
  return (
    <div
      class={`flame-box${frame === root ? ' root' : ''}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isCurrent}
      aria-label={frameText(frame, root)}
      tabIndex={isCurrent ? 0 : -1}
      data-frame={frame.path}
      style={{
        left: `${left * 100}%`,
        width: `${width * 100}%`,
        bottom: `${depth * ROW_PX}px`,
        '--tone': toneOf(frame, root),
      }}
      onPointerEnter={onLook}
      onFocus={onLook}
      onClick={onZoom}
    >
      <span class="flame-text">
        <span class="flame-name">{frame.name}</span>
        <span class="flame-share figures">{share >= 10 ? share.toFixed(0) : share.toFixed(1)}%</span>
      </span>
    </div>
  );
}

/** Of the bucket that the task of a stack belongs to: what is before its first dot. */
function toneOf(frame: FlameFrame, root: FlameFrame): string {
  const buckets = [...new Set(root.children.map(({ name }) => bucketOf(name)))];
  const place = buckets.indexOf(bucketOf(frame.path.split('\n')[0] ?? ''));
  return `var(--${strokeOf(Math.max(0, place)).token})`;
}

function bucketOf(name: string): string {
  return name.split('.')[0]!;
}

function frameText(frame: FlameFrame, root: FlameFrame): string {
  const name = frame === root ? 'all' : frame.path.replaceAll('\n', ' › ');
  const share = ((100 * frame.us) / root.us).toFixed(1);
  const self =
    frame.children.length > 0 && frame.selfUs > 0 ? `, ${shownQuantity(frame.selfUs, 'us')} of it itself` : '';
  const often = frame.count > 0 ? `, ${frame.count.toLocaleString('en-GB')} times` : '';
  return `${name}: ${shownQuantity(frame.us, 'us')}, ${share}% of all${self}${often}`;
}
