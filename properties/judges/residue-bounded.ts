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
  const series = [...seriesOf(calms, cohort, residueOf), ghostSeries(record), ...deadEntrySeries(calms)];
  const grown = growingSeries(calms, 'departures', series, () => 1);
  if (grown.length === 0) {
    const most = Math.max(0, ...series.map(({ values }) => values.at(-1) ?? 0));
    return holds(NAME, `at most ${short(most)} mentions left in ${cohort.size} survivors`, BOUND);
  }
  const firstUs = Math.min(...grown.map((one) => firstRiseUs(calms, one) ?? Infinity));
  const figure = `${short(grown[0]!.growth.slope)} per departure in ${grown[0]!.subject}`;
  const evidence = grown.map((one) => evidenceOf(record, one));
  return broken(NAME, figure, BOUND, evidence, Number.isFinite(firstUs) ? firstUs : undefined);
}

function* residueOf(node: NodeCensus): Generator<[string, number]> {
  for (const [path, { count }] of node.residue) yield [path, count];
}

/** Dials to peers whose end the dialler knew, by all nodes: a mention that lives only until it is acted on. */
function ghostSeries({ ghostDials }: SoakRecord): Series {
  return { subject: 'dials to departed peers', values: ghostDials.perCalm };
}

/** Ledger entries about departed peers that are still open. */
function deadEntrySeries(calms: readonly CalmRecord[]): Series[] {
  const subjects = new Set(calms.flatMap(({ deadEntries }) => [...deadEntries.keys()]));
  return [...subjects].map((subject) => ({
    subject: `ledger: ${subject}`,
    values: calms.map(({ deadEntries }) => deadEntries.get(subject) ?? 0),
  }));
}

function evidenceOf(record: SoakRecord, series: GrowingSeries): Evidence {
  const { calms, ghostDials } = record;
  const { subject, values, growth } = series;
  const table = calms.map(({ drivers }, calm) => `${drivers.departures}:${values[calm]}`).join(' ');
  const isDial = subject === 'dials to departed peers';
  const example = isDial ? dialExample(ghostDials.examples[0]) : exampleOf(calms.at(-1)!, subject);
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

function dialExample(dial: SoakRecord['ghostDials']['examples'][number] | undefined): string {
  if (dial === undefined) return '';
  return `${dial.from} to ${dial.to} at ${formatDuration(dial.atUs)}, held by ${dial.heldBy}`;
}

function exampleOf(calm: CalmRecord, path: string): string {
  const total = calm.census.residueTotals().get(path);
  if (total === undefined) return '';
  const holder = calm.census.nodes.find(({ serial }) => serial === total.serial);
  return `p${holder?.peerIndex ?? '?'}: ${total.example}`;
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
        const text = `${violation.path} of p${node.peerIndex}: ${said}`;
        found.set(key, { subject: violation.path, text, data: { ...violation, peer: node.peerIndex }, atUs: untilUs });
      }
    }
  }
  return [...found.values()];
}
