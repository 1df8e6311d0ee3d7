// Times of the mesh an order shorter than those that ship, for runs that are many or whose story does not depend on them.
// Invariant: nothing but times is changed; a calm lasts a minute, and a run of eight waves a quarter of an hour.

/** Configuration of the mesh with short times. */
export const QUICK_TIMES = {
  hyparview: { shuffleIntervalUs: 15_000_000, joinBackoffMaxUs: 15_000_000 },
  plumtree: { idRetentionUs: 20_000_000, payloadRetentionUs: 10_000_000 },
  app: {
    announceIntervalUs: 15_000_000,
    announceLifetimeUs: 30_000_000,
    floodGuardUs: 15_000_000,
    pingIntervalUs: 5_000_000,
  },
};
