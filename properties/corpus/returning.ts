// Further cases of the stack: what its faults do to a node that comes back, whom the others knew before.
// Invariant: a case says what must go red, never how a property finds it; each is red with its defect, green without.
import type { CorpusCase } from './membership.ts';
import { QUICK_TIMES } from '../quick-times.ts';
import { QUICK } from './stack.ts';
import type { ScenarioInput } from '../soak/scenario.ts';

/** The node that loses its network and gets it back, running all the while. */
export const RETURNING_PEER = 2;
/** Starts last, so that the others' latest contact is this one alone; and is gone for good when the network is back. */
const LAST_CONTACT = 100;

const AWAY_AT_US = 120_000_000;

/**
 * A node is cut off for `awayUs`, while the one contact is killed that HyParView would go on asking. So few nodes that all
 * are neighbours: nobody's passive view holds the node, and a way back is to be found by discovery alone.
 */
function cutOff(awayUs: number, announceLifetimeUs: number): ScenarioInput {
  return {
    ...QUICK,
    nodes: 5,
    for: '10m',
    config: { ...QUICK_TIMES, app: { ...QUICK_TIMES.app, announceLifetimeUs } },
    plan: {
      version: 1,
      actions: [
        { atUs: AWAY_AT_US - 20_000_000, kind: 'start', peer: LAST_CONTACT },
        { atUs: AWAY_AT_US, kind: 'black-hole', peer: RETURNING_PEER, on: true },
        { atUs: AWAY_AT_US + 5_000_000, kind: 'kill', peer: LAST_CONTACT },
        { atUs: AWAY_AT_US + awayUs, kind: 'black-hole', peer: RETURNING_PEER, on: false },
      ],
    },
  };
}

/** The second symptom of two defects whose first has its case in {@link STACK_CASES}. */
export const RETURNING_CASES: readonly CorpusCase[] = [
  {
    defect: 'gossip-peer-kept-on-close',
    trigger: 'a live peer is cut off until its connections idle out, and is back before discovery forgets it',
    // Both sides take the entries that were kept for connections: neither dials, and the application asks neither.
    scenario: cutOff(25_000_000, 60_000_000),
    breaks: ['no-wedge'],
    subject: 'without a neighbour',
  },
  {
    defect: 'app-joined-set-never-shrinks',
    trigger: 'a live peer is cut off until discovery forgets it, and is back with the same identity',
    scenario: cutOff(60_000_000, 30_000_000),
    breaks: ['no-wedge'],
    subject: 'without a neighbour',
  },
];
