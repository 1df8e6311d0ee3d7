// views-symmetric: at calms neighbour relations agree on both sides, and with the connections that exist.
// Invariant: an edge counts only when it was one-sided at two looks five seconds apart; faulted calms are not judged.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';

const NAME = 'views-symmetric';
const BOUND = '0 one-sided edges at calms';

/** At calms neighbour relations agree on both sides and with the connections under them. */
export const viewsSymmetric: Property = {
  name: NAME,
  summary: 'at calms neighbour relations agree on both sides, and with the connections that exist',
  judge,
};

function judge({ calms }: SoakRecord): Verdict {
  const looked = calms.filter(({ overlay, faulted }) => overlay !== undefined && !faulted);
  if (looked.length === 0) return notJudged(NAME, 'no calm without faults, or no neighbour relation', BOUND);
  const bad = looked.filter(({ overlay }) => overlay!.oneSided.length > 0);
  const edges = looked.reduce((sum, { overlay }) => sum + overlay!.edgeCount, 0);
  const count = bad.reduce((sum, { overlay }) => sum + overlay!.oneSided.length, 0);
  const figure = `${count} of ${edges} edges at ${looked.length} calms`;
  if (count === 0) return holds(NAME, figure, BOUND);
  const evidence = bad.flatMap(({ overlay, index }) =>
    overlay!.oneSided.slice(0, 5).map(({ from, to, lacks, atUs }) => ({
      subject: `${from} > ${to}`,
      text: `${from} has ${to} as a neighbour, ${lacks === 'neighbour' ? `${to} does not have ${from}` : 'without a connection'} at ${formatDuration(atUs)} (calm ${index})`,
      data: { from, to, lacks, calm: index, atUs },
    })),
  );
  const firstUs = Math.min(...bad.flatMap(({ overlay }) => overlay!.oneSided.map(({ atUs }) => atUs)));
  return broken(NAME, figure, BOUND, evidence, firstUs);
}
