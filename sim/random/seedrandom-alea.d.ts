// Types of the one seedrandom generator used here, imported alone: the package root would pull in node's crypto.
// Invariant: says no more than seedrandom 3.0.5's lib/alea.js does.
declare module 'seedrandom/lib/alea.js' {
  /** The generator's state: the carry, and three fractions that are multiples of 2^-32. */
  interface AleaState {
    c: number;
    s0: number;
    s1: number;
    s2: number;
  }

  interface Alea {
    /** The next multiple of 2^-32 from 0 (included) to 1 (excluded). */
    (): number;
    /** A copy of the current state. */
    state(): AleaState;
  }

  /** A generator that starts from exactly `options.state`, whatever the seed. */
  const alea: (seed: string, options: { state: Readonly<AleaState> }) => Alea;
  export default alea;
}
