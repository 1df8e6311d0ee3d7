// The colours of the theme as canvases need them: read from the page's custom properties once for each theme.
// Invariant: no view names a colour of its own; what is drawn on a canvas changes with the theme as the rest of the page does.
import { computed } from '@preact/signals';
import { theme } from '../theme.ts';

const TOKENS = [
  'paper',
  'card',
  'sunken',
  'ink',
  'muted',
  'faint',
  'line',
  'line-strong',
  'accent',
  'broken',
  'calm',
  'churn',
  'cursor',
  'node-live',
  'node-dead',
  'edge-open',
  'edge-ghost',
  'edge-asymmetric',
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'series-7',
  'series-8',
  'sans',
  'mono',
] as const;

/** Name of a custom property of `theme.css`, without its dashes. */
export type Token = (typeof TOKENS)[number];

/** Values of the theme that is shown. */
export type Palette = Readonly<Record<Token, string>>;

/** Changes with the theme. */
export const palette = computed<Palette>(() => {
  // The attribute that the styles go by is set before this signal.
  void theme.value;
  const style = getComputedStyle(document.documentElement);
  const values = TOKENS.map((token) => [token, style.getPropertyValue(`--${token}`).trim()] as const);
  return Object.fromEntries(values) as Record<Token, string>;
});

/** How the curves and classes of a view are told apart without colour: by their dashes, in CSS pixels. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 3],
  [8, 3, 2, 3],
  [1, 3],
  [10, 4],
  [4, 2, 1, 2],
  [3, 6],
];

/** How the `place`-th of several things is drawn; the ninth looks like the first. */
export function strokeOf(place: number): { readonly token: Token; readonly dash: readonly number[] } {
  const turn = place % DASHES.length;
  return { token: `series-${turn + 1}` as Token, dash: DASHES[turn]! };
}
