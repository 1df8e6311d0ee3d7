// What a log must tell of for each property to be judged by it.
// Invariant: a property that the log gives no ground for is told as not judged, never as one that holds.
import { notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { EVENT_KINDS } from './event.ts';
import type { EventKind } from './event.ts';

/** What a log told of. */
export interface Told {
  /** Events taken in, by kind. */
  readonly taken: ReadonlyMap<EventKind, number>;
  /** True once an open thing told of the peer that it is about. */
  readonly subjects: boolean;
  /** True once a collection told of the identities that it mentions. */
  readonly mentions: boolean;
}

interface Ground {
  readonly given: (told: Told, record: SoakRecord) => boolean;
  /** What is lacking, as a clause. */
  readonly lacking: string;
}

const OPENINGS = [...EVENT_KINDS.values()].filter(({ deed }) => deed === 'open').map(({ name }) => name);

const GROUNDS: Readonly<Record<string, Ground>> = {
  'joins-bounded': anyOf(['join', 'dial'], 'the log tells of no join and no dial'),
  'residue-bounded': {
    given: ({ subjects, mentions }, { declarations }) => subjects || mentions || declarations.length > 0,
    lacking: 'the log tells of no collection with its peers, and of nothing that is about a peer',
  },
  'collections-plateau': anyOf(['collection'], 'the log tells of no collection'),
  'tasks-finish': anyOf(['task-spawned'], 'the log tells of no task'),
  'connections-bounded': anyOf(['connection-opened'], 'the log tells of no connection'),
  'ledger-balanced': anyOf(OPENINGS, 'the log tells of nothing that is opened'),
  'spans-bounded': anyOf(['span-opened', 'listener-opened'], 'the log tells of no span and no listener'),
  'heap-plateaus': {
    given: (_told, { ledger }) => ledger?.sites.some(({ peakBytes }) => peakBytes > 0) === true,
    lacking: 'the log tells of no bytes',
  },
  'no-busy-loop': anyOf(['wake', 'wakes'], 'the log tells of no wake-up'),
  'no-wedge': anyOf(
    ['panic', 'buffer-opened', 'stopping', 'neighbour-up', 'task-finished', 'discarded'],
    'the log tells of no panic, buffer, stop, neighbour or discarded message',
  ),
  'views-symmetric': anyOf(['neighbour-up'], 'the log tells of no neighbour'),
  'mesh-connected': anyOf(['neighbour-up'], 'the log tells of no neighbour'),
  'broadcast-delivered': anyOf(['delivered'], 'the log tells of no delivery'),
  'cost-settles': anyOf(['messages', 'dial', 'timers-fired', 'cpu', 'join'], 'the log tells of no cost'),
  'faults-fired': never('a log has no plan of faults'),
  deterministic: never('what a log is of cannot be run again'),
};

/** The verdict of a property on the record of a log. */
export function verdictOf(property: Property, record: SoakRecord, told: Told): Verdict {
  const ground = GROUNDS[property.name];
  if (ground === undefined || ground.given(told, record)) return property.judge(record);
  return notJudged(property.name, ground.lacking, property.judge(record).bound);
}

function anyOf(kinds: readonly string[], lacking: string): Ground {
  const wanted = kinds.map((name) => EVENT_KINDS.get(name)!);
  return { given: ({ taken }) => wanted.some((kind) => taken.get(kind)! > 0), lacking };
}

function never(lacking: string): Ground {
  return { given: () => false, lacking };
}
