// The logger that hosted packages are given: it says nothing.
// Invariant: it is never enabled, so that a package does not even format what it would say.

/** A logger that says nothing. */
export interface SilentLogger {
  (): void;
  readonly enabled: boolean;
  readonly error: () => void;
  readonly trace: () => void;
  readonly newScope: () => SilentLogger;
}

const nothing = (): void => {
  // Nothing is said.
};

/** A libp2p Logger. */
export const silentLogger: SilentLogger = Object.assign((): void => nothing(), {
  enabled: false,
  error: nothing,
  trace: nothing,
  newScope: () => silentLogger,
});

/** A libp2p ComponentLogger. */
export const silentComponentLogger = { forComponent: (): SilentLogger => silentLogger };
