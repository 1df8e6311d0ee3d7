// A scenario under the knife: what passes read of it, and how they write a changed one.
// Invariant: what a draft writes is explicit; whether it resolves and is simpler is for the search to check.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { sortedPlan } from '../../sim/churn/plan.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { explicitScenario } from '../soak/explicit.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario, Soak } from '../soak/scenario.ts';
import type { Hints } from './hints.ts';
import { laidOut, layoutOf, withCalms } from './layout.ts';
import type { Layout } from './layout.ts';
import { slotsWithin, slotted, usedSlots, written } from './slots.ts';
import type { SlotAction } from './slots.ts';

/** Fields of a scenario that are neither its plan nor its end. */
export type Settings = Partial<Omit<Scenario, 'plan' | 'for'>>;

/** What passes change, one at a time. */
export class Draft {
  readonly soak: Soak;
  readonly scenario: ExplicitScenario;
  readonly hints: Hints | undefined;
  /** The plan by slots, in its order. */
  readonly actions: readonly SlotAction[];
  readonly layout: Layout;
  private readonly catalogue: Catalogue;
  private live: boolean | undefined;

  constructor(soak: Soak, catalogue: Catalogue, hints: Hints | undefined) {
    this.soak = soak;
    this.scenario = explicitScenario(soak);
    this.hints = hints;
    this.catalogue = catalogue;
    this.actions = slotted(soak.plan.actions);
    this.layout = this.layoutOf(soak.plan.actions);
  }

  get calmUs(): number {
    return this.soak.calmUs;
  }

  /** The layout of other actions in the same time. */
  layoutOf(actions: readonly ChurnAction[]): Layout {
    return layoutOf(actions, this.soak.endUs, this.calmUs);
  }

  /** Those slot actions as actions of the scenario with fewer nodes, default as many; those without effect are left out. */
  write(actions: readonly SlotAction[], nodes = this.soak.nodes): ChurnAction[] {
    const fewer = nodes < this.soak.nodes;
    return written(actions, nodes, fewer ? slotsWithin(usedSlots(actions, this.soak.nodes), nodes) : undefined);
  }

  /**
   * The same, but for a plan that has actions without effect still, although it was tried without: what it shows may be
   * owed to them, so they stay, and everybody keeps their name.
   */
  rewrite(actions: readonly SlotAction[], nodes = this.soak.nodes): ChurnAction[] {
    this.live ??= written(this.actions, this.soak.nodes).length === this.actions.length;
    return this.live ? this.write(actions, nodes) : actions.map(({ action }) => action);
  }

  /** The scenario with another plan, and other fields beside it. */
  with(layout: Layout, fields: Settings = {}): ExplicitScenario {
    const { actions, endUs } = laidOut(layout);
    return this.ending(actions, endUs, fields);
  }

  /** The same with the plan's actions at their own times. */
  ending(actions: readonly ChurnAction[], endUs: number, fields: Settings = {}): ExplicitScenario {
    return { ...this.scenario, ...fields, plan: sortedPlan(actions), for: formatDuration(endUs) };
  }

  /**
   * The scenario with other settings, and its plan laid out for the calms that these need.
   *
   * @returns Undefined when they do not fit together.
   */
  settled(fields: Settings): ExplicitScenario | undefined {
    const changed = { ...this.scenario, ...fields };
    const resolved = resolvedOr(changed, this.catalogue);
    if (resolved === undefined || resolved.calmUs === this.calmUs) return changed;
    return this.with(withCalms(this.layout, this.calmUs, resolved.calmUs), fields);
  }
}

/** A scenario resolved; undefined for one that does not fit together, as one with too much taken away may not. */
export function resolvedOr(scenario: Scenario, catalogue: Catalogue): Soak | undefined {
  try {
    return resolveScenario(scenario, 'shrunk scenario', catalogue);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
