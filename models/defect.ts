// Defects: named switches that reinstate one reported fault each.
// Invariant: a defect is off unless it is named, and each can be switched on without any other.

/** A fault that a model can reinstate. */
export interface Defect {
  /** Kebab-case name, unique over all models; what a scenario or a flag says. */
  readonly id: string;
  /** Where the fault was reported: a thread, an incident report, or the code itself. */
  readonly source: string;
  /** The layer that is at fault. */
  readonly layer: string;
  /** One sentence: what goes wrong, and what brings it out. */
  readonly summary: string;
}

/** Switches by defect id; one that is missing is off. */
export type DefectSwitches<Id extends string> = { readonly [id in Id]?: boolean };
