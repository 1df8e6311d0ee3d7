// residue-bounded: at calms, mentions of departed peers do not grow with the number of departures.
// Invariant: judged path class by path class; a declared cap or time that is not honoured breaks it at once.
import type { NodeCensus } from '../../sim/census/census.ts';
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import { FEWEST_CALMS } from '../slope.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { cohortOf, firstRiseUs, growingSeries, seriesOf, short } from './cohort.ts';
import type { GrowingSeries, Series } from './cohort.ts';

const NAME = 'residue-bounded';
const BOUND = 'no growth per departure; declared caps and times honoured';
/**
 * Dials to a departed peer, by a node that knew and had no declared reason: none is legitimate, so they need no slope. One or
 * two may come of a message that crossed the news in some way that the observation does not see.
 */
const MOST_GHOST_DIALS = 2;

/** At calms, mentions of departed peers do not grow with departures, and what is declared as retained is honoured. */
export const residueBounded: Property = {
  name: NAME,
  summary: 'at calms, mentions of departed peers do not grow with the number of departures',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms } = record;
  const violations = violationsOf(calms);
  if (violations.length > 0) {
    return broken(
      NAME,
      violations[0]!.text,
      BOUND,
      violations.map(({ text, subject, data }) => ({ text, subject, data })),
      violations[0]!.atUs,
    );
  }
  if ((calms.at(-1)?.drivers.departures ?? 0) === 0) return notJudged(NAME, 'nobody departed', BOUND);
  if (calms.length < FEWEST_CALMS)
    return notJudged(NAME, `${calms.length} calms, at least ${FEWEST_CALMS} are needed`, BOUND);
  const cohort = cohortOf(calms);
  if (cohort.size === 0) return notJudged(NAME, 'no node lived through all calms', BOUND);
  const series = [...seriesOf(calms, cohort, residueOf), ...deadEntrySeries(calms)];
  const grown = growingSeries(calms, 'departures', series, () => 1);
  const ghosts = record.ghostDials.total > MOST_GHOST_DIALS ? [ghostEvidence(record)] : [];
  if (grown.length + ghosts.length === 0) {
    const most = Math.max(0, ...series.map(({ values }) => values.at(-1) ?? 0));
    return holds(NAME, `at most ${short(most)} mentions left in ${cohort.size} survivors`, BOUND);
  }
  const firstGhostUs = ghosts.length > 0 ? record.ghostDials.examples[0]!.atUs : Infinity;
  const firstUs = Math.min(firstGhostUs, ...grown.map((one) => firstRiseUs(calms, one) ?? Infinity));
  const evidence = [...grown.map((one) => evidenceOf(calms, one)), ...ghosts];
  const [worst] = evidence;
  const figure = `${short(worst!.data['slopePerDeparture'] as number)} per departure in ${worst!.subject}`;
  return broken(NAME, figure, BOUND, evidence, Number.isFinite(firstUs) ? firstUs : undefined);
}

function* residueOf(node: NodeCensus): Generator<[string, number]> {
  for (const [path, { count }] of node.residue) yield [path, count];
}

/** Dials to peers whose end the dialler knew, by all nodes: a mention that lives only until it is acted on. */
function ghostEvidence({ calms, ghostDials }: SoakRecord): Evidence {
  const subject = 'dials to departed peers';
  const { total, perCalm, examples } = ghostDials;
  const departures = calms.map(({ drivers }) => drivers.departures);
  const slopePerDeparture = total / departures.at(-1)!;
  const { from, to, atUs, heldBy } = examples[0]!;
  const example = `${from} to ${to} at ${formatDuration(atUs)}, held by ${heldBy}`;
  const table = departures.map((count, calm) => `${count}:${perCalm[calm] ?? total}`).join(' ');
  const text = `${subject}: ${short(slopePerDeparture)} per departure (departures:dials ${table}), such as ${example}`;
  return { subject, text, data: { slopePerDeparture, departures, dials: perCalm, example } };
}

/** Ledger entries about departed peers that are still open. */
function deadEntrySeries(calms: readonly CalmRecord[]): Series[] {
  const subjects = new Set(calms.flatMap(({ deadEntries }) => [...deadEntries.keys()]));
  return [...subjects].map((subject) => ({
    subject: `ledger: ${subject}`,
    values: calms.map(({ deadEntries }) => deadEntries.get(subject) ?? 0),
  }));
}

function evidenceOf(calms: readonly CalmRecord[], series: GrowingSeries): Evidence {
  const { subject, values, growth } = series;
  const table = calms.map(({ drivers }, calm) => `${drivers.departures}:${values[calm]}`).join(' ');
  const example = exampleOf(calms.at(-1)!, subject);
  return {
    subject,
    text: `${subject}: ${short(growth.slope)} per departure (departures:mentions ${table})${example === '' ? '' : `, such as ${example}`}`,
    data: {
      slopePerDeparture: growth.slope,
      lowerBound: growth.lowerBound,
      departures: calms.map(({ drivers }) => drivers.departures),
      mentions: values,
      example,
    },
  };
}

function exampleOf(calm: CalmRecord, path: string): string {
  const total = calm.census.residueTotals().get(path);
  if (total === undefined) return '';
  const holder = calm.census.nodes.find(({ serial }) => serial === total.serial);
  return `${holder?.peerName ?? '?'}: ${total.example}`;
}

interface FoundViolation extends Evidence {
  readonly atUs: number;
}

/** Declarations that a node did not honour: one per path class, at the first calm that shows it. */
function violationsOf(calms: readonly CalmRecord[]): FoundViolation[] {
  const found = new Map<string, FoundViolation>();
  for (const { census, untilUs } of calms) {
    for (const node of census.nodes) {
      for (const violation of node.violations) {
        const key = `${violation.kind} ${violation.path}`;
        if (found.has(key)) continue;
        const said =
          violation.kind === 'cap'
            ? `${violation.size} elements, declared cap ${violation.cap}`
            : `a peer departed ${formatDuration(violation.ageUs)} ago, declared ${formatDuration(violation.forUs)}`;
        const text = `${violation.path} of ${node.peerName}: ${said}`;
        found.set(key, { subject: violation.path, text, data: { ...violation, peer: node.peerIndex }, atUs: untilUs });
      }
    }
  }
  return [...found.values()];
}
