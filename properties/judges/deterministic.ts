// deterministic: the same scenario twice gives the same digest.
// Invariant: the second run is made without observation, so it also proves that observing changes nothing.
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import { partingOf, partingText } from '../soak/checkpoints.ts';
import type { SoakRecord } from '../soak/record.ts';

const NAME = 'deterministic';
const BOUND = 'equal digests of two runs';

/** The same scenario twice gives the same digest. */
export const deterministic: Property = {
  name: NAME,
  summary: 'the same scenario twice gives the same digest',
  judge,
};

function judge({ again, digest, eventCount, checkpoints, cutShort }: SoakRecord): Verdict {
  if (cutShort !== undefined) return notJudged(NAME, 'the run was cut short', BOUND);
  if (again === undefined) return notJudged(NAME, 'no second run was made', BOUND);
  if (again.digest === digest) return holds(NAME, `${digest} twice, ${eventCount} events`, BOUND);
  const parting = partingOf(checkpoints, again.checkpoints);
  const figure = `${digest} after ${eventCount} events, then ${again.digest} after ${again.eventCount}`;
  const text = `${figure}: ${partingText(parting)}; check-determinism names the first difference`;
  const data = { digest, eventCount, again: { digest: again.digest, eventCount: again.eventCount }, ...parting };
  const firstBrokenUs = parting.byUs === Infinity ? undefined : parting.byUs;
  return broken(NAME, figure, BOUND, [{ subject: 'digest', text, data }], firstBrokenUs);
}
