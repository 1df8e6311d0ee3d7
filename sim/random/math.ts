// Transcendental functions and deviates that give the same bits on every engine.
// Invariant: only arithmetic that IEEE 754 and ECMAScript specify exactly (+ - * / and Math.sqrt) is used. Math.log,
// exp, pow, sin and friends are "implementation-approximated" (ECMA-262, 21.3.2): a new V8 may change their last bit,
// and with it every run they steer. The @stdlib entries used are pure JavaScript ports of FreeBSD's msun.
import stdlibExp from '@stdlib/math-base-special-exp';
import stdlibLn from '@stdlib/math-base-special-ln';
import stdlibPow from '@stdlib/math-base-special-pow';

import type { UniformSource } from './pair-source.ts';

const TWO_32 = 0x1_0000_0000;
const TWO_53 = 0x20_0000_0000_0000;

/** Natural logarithm: `ln(0)` is -Infinity, NaN below 0. Deterministic over engines. */
export const ln: (x: number) => number = stdlibLn;

/** e to the power x; Infinity past 709.78. Deterministic over engines. */
export const exp: (x: number) => number = stdlibExp;

/** `base` to the power `exponent`, with the special cases of `Math.pow`. Deterministic over engines. */
export const pow: (base: number, exponent: number) => number = stdlibPow;

/** Uniform multiple of 2^-53 from 0 (included) to 1 (excluded): all the precision a float has. Draws two words. */
export function uniform(source: UniformSource): number {
  const high = source.uint32() >>> 11;
  return (high * TWO_32 + source.uint32()) / TWO_53;
}

/**
 * Standard normal deviate: mean 0, variance 1. Draws four words, and four more with probability 0.215 each time.
 *
 * Marsaglia's polar method (1964), as it needs no cosine. Its second deviate is let go: kept for the next call, it
 * would be state outside of the stream, lost by save and restore.
 */
export function normal(source: UniformSource): number {
  for (;;) {
    const x = uniform(source) * 2 - 1;
    const y = uniform(source) * 2 - 1;
    const squared = x * x + y * y;
    if (squared > 0 && squared < 1) return x * Math.sqrt((-2 * ln(squared)) / squared);
  }
}

/**
 * Euler's gamma function, to 14 digits (Lanczos, g = 7, nine terms).
 *
 * @param x - From 0.5 to 100, both included; not checked.
 */
export function gamma(x: number): number {
  let series = 0.99999999999980993;
  for (let term = 0; term < LANCZOS.length; term++) series += (LANCZOS[term] as number) / (x + term);
  const base = x + 6.5;
  return 2.5066282746310002 * pow(base, x - 0.5) * exp(-base) * series;
}

const LANCZOS: readonly number[] = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
