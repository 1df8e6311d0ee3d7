// broadcast-delivered: a broadcast reaches every live node within the bound.
// Invariant: judged for broadcasts begun in the settled half of a calm, for nodes that run throughout;
// not under faults, nor after a partition until the overlay has been seen whole again.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { DELIVERY_BOUND_US } from '../soak/bounds.ts';

const NAME = 'broadcast-delivered';
const BOUND = `every live node within ${DELIVERY_BOUND_US / 1e6} s`;

/** A broadcast reaches every live node within the bound. */
export const broadcastDelivered: Property = {
  name: NAME,
  summary: 'a broadcast begun in a calm reaches every live node within the bound',
  judge,
};

function judge({ calms }: SoakRecord): Verdict {
  const looked = calms.filter(({ broadcasts, faulted, severed }) => broadcasts.begun > 0 && !faulted && !severed);
  if (looked.length === 0) return notJudged(NAME, 'no broadcast in a calm before faults', BOUND);
  const total = (of: (broadcasts: (typeof looked)[number]['broadcasts']) => number): number =>
    looked.reduce((sum, { broadcasts }) => sum + of(broadcasts), 0);
  const [begun, reached, due] = [total((b) => b.begun), total((b) => b.reached), total((b) => b.due)];
  const slowestUs = Math.max(...looked.map(({ broadcasts }) => broadcasts.slowestUs));
  const figure = `${reached} of ${due} deliveries of ${begun} broadcasts, slowest ${formatDuration(slowestUs)}`;
  if (reached === due) return holds(NAME, figure, BOUND);
  const missed = looked.flatMap(({ broadcasts }) => broadcasts.missed);
  const evidence = missed.map(({ id, atUs, origin, missing }) => ({
    subject: origin,
    text: `broadcast ${id} by ${origin} at ${formatDuration(atUs)} missed ${missing.join(' ')}`,
    data: { id, atUs, origin, missing },
  }));
  return broken(NAME, figure, BOUND, evidence, missed[0]?.atUs);
}
