// The corpus of membership and broadcast: per defect, the scenario whose churn brings it out.
// Invariant: a case says what must go red, never how a property finds it; each is red with its defect, green without.
import type { ScenarioInput } from '../soak/scenario.ts';

/** One reported fault, and a run that shows it. */
export interface CorpusCase {
  readonly defect: string;
  /** Defects that must be on as well for it to show; default none. */
  readonly also?: readonly string[];
  /** The churn that its report names. */
  readonly trigger: string;
  readonly scenario: ScenarioInput;
  /** Properties that must break while the defect is on; others may. */
  readonly breaks: readonly string[];
  /** Where the evidence must point: part of a subject or of its line. */
  readonly subject: string;
}

const advertiser = { atUs: 210_000_000, kind: 'act', peer: 11, act: 'advertise-only', args: { on: true } };

/** Every defect of membership and broadcast. */
export const MEMBERSHIP_CASES: readonly CorpusCase[] = [
  {
    defect: 'peer-topics-not-pruned',
    trigger: 'fresh-identity churn',
    scenario: { nodes: 12 },
    breaks: ['residue-bounded', 'collections-plateau'],
    subject: 'peerTopics',
  },
  {
    defect: 'hyparview-data-kept-on-passive-eviction',
    trigger: 'fresh-identity churn, more identities than the passive view holds',
    scenario: { nodes: 20 },
    breaks: ['residue-bounded', 'collections-plateau'],
    subject: 'hyparview.peerData',
  },
  {
    defect: 'hyparview-data-kept-on-neighbor-timeout',
    trigger: 'fresh identities killed while they are passive somewhere',
    scenario: { nodes: 12 },
    breaks: ['residue-bounded'],
    subject: 'hyparview.peerData',
  },
  {
    defect: 'hyparview-data-kept-on-active-discard',
    trigger: 'graceful leaves',
    scenario: { nodes: 12, profile: { name: 'graceful' } },
    breaks: ['residue-bounded'],
    subject: 'hyparview.peerData',
  },
  {
    defect: 'hyparview-pending-outlives-neighbor',
    trigger: 'half of a mesh at capacity is killed',
    scenario: { nodes: 40, profile: { name: 'mass-failure' } },
    breaks: ['views-symmetric'],
    subject: 'hyparview.active',
  },
  {
    defect: 'plumtree-lazy-queue-kept',
    trigger: 'a neighbour goes down within 5 ms of a broadcast',
    scenario: { nodes: 20, workload: { broadcastsPerSecond: 20 } },
    breaks: ['residue-bounded'],
    subject: 'plumtree.lazyQueue',
  },
  {
    defect: 'plumtree-seen-ids-never-expire',
    trigger: 'steady broadcast for longer than two retentions',
    scenario: { nodes: 8, profile: { name: 'none' } },
    breaks: ['collections-plateau'],
    subject: 'plumtree.received',
  },
  {
    defect: 'plumtree-missing-unbounded',
    trigger: 'a peer that only advertises',
    scenario: { nodes: 12, for: '26m', plan: { version: 1, actions: [advertiser] } },
    breaks: ['collections-plateau'],
    subject: 'plumtree.missing',
  },
  {
    defect: 'plumtree-late-message-revives-peer',
    trigger: 'links close with messages in flight',
    scenario: { nodes: 12, workload: { broadcastsPerSecond: 10 } },
    breaks: ['residue-bounded'],
    subject: 'dials to departed peers',
  },
];
