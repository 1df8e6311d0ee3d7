// Light or dark: as the system has it, until a person chooses.
// Invariant: the page is drawn in one theme at a time, and whoever draws on a canvas is told when it changes.
import { signal } from '@preact/signals';

/** The theme that is shown; canvases read it to draw anew. */
export const theme = signal<'light' | 'dark'>('light');

/** Takes the system's theme, and follows it until {@link toggleTheme} is called. */
export function followTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const take = (): void => apply(dark.matches ? 'dark' : 'light');
  take();
  dark.addEventListener('change', take);
}

/** Changes from one to the other. */
export function toggleTheme(): void {
  apply(theme.value === 'dark' ? 'light' : 'dark');
}

function apply(next: 'light' | 'dark'): void {
  document.documentElement.dataset['theme'] = next;
  theme.value = next;
}
