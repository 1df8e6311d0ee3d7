// Two observers of one run as one.
// Invariant: the first is told before the second; a hook that neither has is not there, so that it costs nothing.
import type { Observer } from '../../sim/simulation.ts';

const HOOKS = [
  'event',
  'started',
  'ended',
  'broadcast',
  'delivered',
  'dialled',
  'toldClosed',
  'neighbour',
  'discarded',
] as const satisfies readonly (keyof Observer)[];

type Hook = (...told: unknown[]) => void;

/** Tells both of everything. */
export function bothObservers(first: Observer, second: Observer): Observer {
  const both: Partial<Record<keyof Observer, Hook>> = {};
  for (const name of HOOKS) {
    const hooks = [first, second].flatMap((observer) => (observer[name] as Hook | undefined)?.bind(observer) ?? []);
    const [one, other] = hooks;
    if (one === undefined) continue;
    both[name] =
      other === undefined
        ? one
        : (...told) => {
            one(...told);
            other(...told);
          };
  }
  return both;
}
