// The real clock, for work that may host packages in its thread.
// Invariant: it is taken before anything puts the thread on virtual time, and shows real time all the while.

/** Milliseconds since the thread began. */
export const realNowMs: () => number = performance.now.bind(performance);
