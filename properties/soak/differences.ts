// What of a scenario differs from the defaults: the short form in which one is kept.
// Invariant: parsing the short form gives the scenario back.
import { parseScenario } from './scenario.ts';
import type { Scenario, ScenarioInput } from './scenario.ts';

/** The least input that validates to `scenario`, as far as single fields and those of its network and workload go. */
export function differences(scenario: Scenario): ScenarioInput {
  const defaults = parseScenario({}, 'defaults');
  // Validated again, so that the fields are in the order of those it is compared with.
  const settled = parseScenario(scenario, 'scenario');
  const differing: Record<string, unknown> = differingFields(settled, defaults);
  for (const part of ['network', 'workload'] as const) {
    if (part in differing) differing[part] = differingFields(settled[part], defaults[part]);
  }
  return isEqual(parseScenario(differing, 'differences'), settled) ? differing : settled;
}

function differingFields(fields: object, defaults: object): Record<string, unknown> {
  const known = new Map<string, unknown>(Object.entries(defaults));
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !isEqual(value, known.get(key))));
}

/** Equality of what JSON shows; another order of keys counts as a difference, which costs length and nothing else. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
