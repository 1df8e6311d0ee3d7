// The page of the explorer as it was built, and the address of a run in it.
// Invariant: the page is read as it is; an address holds a scenario only in the forms that the page reads.
import { readFileSync } from 'node:fs';
import { InputError } from '../sim/errors.ts';
import { differences } from '../properties/soak/differences.ts';
import { parseScenario, SCENARIOS, scenarioNamed } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';

/** Longest part of an address after the #, in characters; the page reads no longer ones. */
const MOST_CHARACTERS = 20_000;

/** The page, a whole HTML document. */
export function explorerPage(): string {
  return readFileSync(new URL('../explorer/index.html', import.meta.url), 'utf8');
}

/**
 * What stands after the # for a scenario: its name and seed, or all that differs from the defaults.
 *
 * @throws {InputError} `too-large` for one whose plan is too long for an address.
 */
export function addressOf(scenario: Scenario): string {
  const parts = new URLSearchParams(
    isNamed(scenario)
      ? [
          ['run', scenario.name],
          ['seed', scenario.seed],
        ]
      : [['run', JSON.stringify(differences(scenario))]],
  );
  const text = parts.toString();
  if (text.length <= MOST_CHARACTERS) return text;
  const message = `scenario: received one of ${text.length} characters, expected at most ${MOST_CHARACTERS} in an address; quicksoak soak --html takes any`;
  throw new InputError('too-large', message, { characters: text.length });
}

/** True for a scenario that its name and its seed say all of. */
function isNamed(scenario: Scenario): boolean {
  if (!SCENARIOS.some(({ name }) => name === scenario.name)) return false;
  const named = parseScenario({ ...scenarioNamed(scenario.name), seed: scenario.seed }, 'scenario');
  return JSON.stringify(differences(named)) === JSON.stringify(differences(scenario));
}
