// views-symmetric: at calms neighbour relations agree on both sides, and with the connections that exist.
// Invariant: an edge counts only when it was one-sided at two looks five seconds apart; faulted calms are not judged.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, OneSidedEdge, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';

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
  const evidence = [growthOf(looked, count), ...bad.flatMap(({ overlay, index }) => edgesOf(overlay!.oneSided, index))];
  const firstUs = Math.min(...bad.flatMap(({ overlay }) => overlay!.oneSided.map(({ atUs }) => atUs)));
  return broken(NAME, figure, BOUND, evidence, firstUs);
}

/** One-sided edges so far at each calm, against departures. */
function growthOf(calms: readonly CalmRecord[], count: number): Evidence {
  let sum = 0;
  const edges = calms.map(({ overlay }) => (sum += overlay!.oneSided.length));
  const departures = calms.map(({ drivers }) => drivers.departures);
  const slopePerDeparture = count / Math.max(1, departures.at(-1)!);
  const paths = [...new Set(calms.flatMap(({ overlay }) => overlay!.oneSided.map(({ heldBy }) => heldBy)))];
  const table = departures.map((departed, calm) => `${departed}:${edges[calm]}`).join(' ');
  const subject = 'one-sided edges';
  const text = `${subject}: ${short(slopePerDeparture)} per departure (departures:edges ${table}), held by ${paths[0] ?? ''}`;
  return { subject, text, data: { slopePerDeparture, departures, edges, example: `held by ${paths[0] ?? ''}`, paths } };
}

function edgesOf(oneSided: readonly OneSidedEdge[], calm: number): Evidence[] {
  return oneSided.slice(0, 5).map(({ from, to, lacks, atUs, heldBy }) => {
    const lacking = lacks === 'neighbour' ? `${to} does not have ${from}` : 'without a connection';
    const text = `${from} has ${to} as a neighbour, ${lacking} at ${formatDuration(atUs)} (calm ${calm})`;
    return { subject: `${from} > ${to}`, text, data: { from, to, lacks, calm, atUs, heldBy } };
  });
}
