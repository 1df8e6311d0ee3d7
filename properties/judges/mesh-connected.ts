// mesh-connected: at calms the live nodes form one component.
// Invariant: not judged under a cut, nor after a partition until the overlay has been seen whole again.
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';

const NAME = 'mesh-connected';
const BOUND = 'one component at calms';

/** At calms the live nodes form one component. */
export const meshConnected: Property = {
  name: NAME,
  summary: 'at calms the live nodes form one component',
  judge,
};

function judge({ calms }: SoakRecord): Verdict {
  const looked = calms.filter(({ overlay, faulted, severed }) => overlay !== undefined && !faulted && !severed);
  if (looked.length === 0) return notJudged(NAME, 'no calm before faults, or no neighbour relation', BOUND);
  const split = looked.filter(({ overlay }) => overlay!.components.length > 1);
  if (split.length === 0) return holds(NAME, `one component at ${looked.length} calms`, BOUND);
  const evidence = split.map(({ overlay, index, untilUs }) => ({
    subject: `calm ${index}`,
    text: `calm ${index}: components of ${overlay!.components.join(', ')} nodes; outside the largest ${overlay!.outside.join(' ')}`,
    data: { calm: index, atUs: untilUs, components: overlay!.components, outside: overlay!.outside },
  }));
  const most = Math.max(...split.map(({ overlay }) => overlay!.components.length));
  return broken(
    NAME,
    `${most} components, at ${split.length} of ${looked.length} calms`,
    BOUND,
    evidence,
    split[0]!.untilUs,
  );
}
