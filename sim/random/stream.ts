// placeholder until the random streams land
export declare class RandomStream {
  /** Uniform 32-bit unsigned integer. */
  uint32(): number;
  /** Uniform float in [0, 1) with 32 bits of entropy (fast). */
  float(): number;
  /** Uniform integer in [0, bound), bound 1 to 2^32. */
  below(bound: number): number;
  /** Uniform integer between min (included) and max (included). */
  between(min: number, max: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One element, uniformly; undefined when empty. */
  pick<T>(items: readonly T[]): T | undefined;
  /** Shuffles in place (Fisher-Yates) and returns the array. */
  shuffle<T>(items: T[]): T[];
  /** count distinct elements in random order (all of them when fewer); does not mutate. */
  sample<T>(items: readonly T[], count: number): T[];
}
