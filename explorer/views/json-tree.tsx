// A value of JSON as a tree that opens and closes, with what changed marked and mentions of peers that are gone crossed.
// Invariant: what is closed is not rendered, and of a long collection a part at a time; text is shown as text.
import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { Json } from '../../sim/recording/describe.ts';
import { branchesOf, inlineText, opensItself, stepText } from './json-shape.ts';
import './json-tree.css';

const PART = 100;

/** What all branches of a tree are shown by. */
export interface TreeLook {
  /** Paths that a person opened or closed. */
  readonly opened: Signal<ReadonlyMap<string, boolean>>;
  /** Paths that the event at hand changed. */
  readonly changed: ReadonlySet<string>;
  /** Names of peers that are gone. */
  readonly gone: ReadonlySet<string>;
}

/** See the file's head. */
export function JsonTree({ value, look }: { value: Json; look: TreeLook }) {
  const branches = branchesOf(value);
  if (branches.length === 0) return <Leaf value={value} look={look} />;
  return <Branches branches={branches} path="" depth={0} look={look} />;
}

function Branches({
  branches,
  path,
  depth,
  look,
}: {
  branches: readonly (readonly [string | number, Json])[];
  path: string;
  depth: number;
  look: TreeLook;
}) {
  const shown = useSignal(PART);
  const left = branches.length - shown.value;
  return (
    <ul class="json">
      {branches.slice(0, shown.value).map(([step, value]) => (
        <Branch
          key={step}
          step={step}
          value={value}
          path={path + stepText(step, path === '')}
          depth={depth}
          look={look}
        />
      ))}
      {left > 0 && (
        <li>
          <button type="button" class="plain" onClick={() => (shown.value += PART)}>
            {Math.min(left, PART)} more of {left}
          </button>
        </li>
      )}
    </ul>
  );
}

function Branch({
  step,
  value,
  path,
  depth,
  look,
}: {
  step: string | number;
  value: Json;
  path: string;
  depth: number;
  look: TreeLook;
}) {
  const branches = branchesOf(value);
  const isChanged = look.changed.has(path);
  const name = <span class={`json-name${look.gone.has(String(step)) ? ' gone' : ''}`}>{step}</span>;
  const short = inlineText(value);
  const mark = isChanged ? ' changed' : '';
  if (short !== undefined) {
    return (
      <li class={`json-row${mark}`}>
        {name} <Leaf value={value} look={look} />
      </li>
    );
  }
  const holdsChange = [...look.changed].some((one) => one.startsWith(path) && one !== path);
  const isOpen = look.opened.value.get(path) ?? (holdsChange || opensItself(value, depth));
  const toggle = (): void => {
    look.opened.value = new Map(look.opened.value).set(path, !isOpen);
  };
  return (
    <li>
      <button type="button" class={`json-fold${mark}`} aria-expanded={isOpen} onClick={toggle}>
        {name} <span class="json-size">{branches.length}</span>
      </button>
      {isOpen && <Branches branches={branches} path={path} depth={depth + 1} look={look} />}
    </li>
  );
}

/** A value on one line. */
function Leaf({ value, look }: { value: Json; look: TreeLook }) {
  if (typeof value === 'object' && value !== null) {
    const items = branchesOf(value);
    const isList = Array.isArray(value);
    return (
      <span class="json-value">
        {isList ? '[' : '{'}
        {items.map(([step, item], place) => (
          <span key={step}>
            {place > 0 && ', '}
            {!isList && `${step}: `}
            <Leaf value={item} look={look} />
          </span>
        ))}
        {isList ? ']' : '}'}
      </span>
    );
  }
  const text = value === null ? '–' : String(value);
  const isGone = typeof value === 'string' && look.gone.has(value);
  return (
    <span class={`json-value${isGone ? ' gone' : ''}`} title={isGone ? `${text} is gone` : undefined}>
      {text === '' ? '""' : text}
    </span>
  );
}
