// The explicit form of a scenario: its churn written out as a plan, its end as a time, so that any part can be taken away.
// Invariant: the explicit form runs exactly as the scenario that it is of, to the same digest.
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Scenario, Soak } from './scenario.ts';

/** A scenario that says its churn in full. */
export interface ExplicitScenario extends Scenario {
  readonly plan: ChurnPlan;
  readonly for: string;
}

/** A resolved scenario in its explicit form. */
export function explicitScenario({ scenario, plan, endUs }: Soak): ExplicitScenario {
  return { ...scenario, profile: { name: 'none', params: {} }, plan, for: formatDuration(endUs) };
}
