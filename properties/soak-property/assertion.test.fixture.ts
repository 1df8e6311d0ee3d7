// What the tests of soak properties share: asserting one that is to fail, and a property that breaks on demand.
// Invariant: what is returned was thrown by fast-check; anything else goes on as it is.
import fc from 'fast-check';
import { broken, holds } from '../property.ts';
import type { Property } from '../property.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { SoakFailure } from './failure.ts';

/** What `fc.assert` throws. */
export function thrownBy(
  property: fc.IProperty<[ExplicitScenario]>,
  parameters: fc.Parameters<[ExplicitScenario]>,
): Error {
  try {
    fc.assert(property, parameters);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** The finding in what `fc.assert` threw. */
export function failureIn(error: Error): SoakFailure {
  if (error.cause instanceof SoakFailure) return error.cause;
  throw error;
}

/** The finding that `fc.assert` ends with. */
export function failureOf(
  property: fc.IProperty<[ExplicitScenario]>,
  parameters: fc.Parameters<[ExplicitScenario]>,
): SoakFailure {
  return failureIn(thrownBy(property, parameters));
}

/** A property that breaks whenever a peer of that index has ended; its site tells which. */
export function nobodyEnds(name: string, index: number): Property {
  return {
    name,
    summary: `peer ${index} never ends`,
    watch: () => {
      let count = 0;
      return {
        ended: ({ peer }) => {
          if (peer.index === index) count++;
        },
        finish: () => count,
      };
    },
    judge: ({ watched }) => {
      const count = watched.get(name) as number;
      const evidence = [{ subject: 'an end', text: `it ended ${count} times`, data: { count } }];
      return count === 0 ? holds(name, '0', '0') : broken(name, String(count), '0', evidence, undefined);
    },
  };
}
