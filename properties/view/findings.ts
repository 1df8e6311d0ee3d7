// What broke, in plain words: a sentence for each broken property that says what, where and since when.
// Invariant: every figure and name is of the verdict's own evidence; nothing is known of models, defects or paths.
import { short } from '../judges/cohort.ts';
import type { Evidence, Verdict } from '../property.ts';
import { LEAK_CHART } from './charts.ts';
import { growthOf } from './growth.ts';
import { timeText } from './time-text.ts';
import type { Finding, GrowthView } from './run-data.ts';

/** How a property is told of, in the order in which findings are: those that name a thing come before those that name a sum. */
const TOLD: readonly (readonly [property: string, lead: string, chart: string | undefined])[] = [
  ['tasks-finish', 'Tasks that should end do not', 'tasks'],
  ['connections-bounded', 'Connections are kept that nobody needs', 'connections'],
  ['residue-bounded', 'Nodes still hold on to peers that are gone', undefined],
  ['spans-bounded', 'Spans hold ever more', 'spans'],
  ['collections-plateau', 'A collection keeps growing', undefined],
  ['no-busy-loop', 'A task is polled without achieving anything', 'cpu'],
  ['no-wedge', 'Somebody is stuck', undefined],
  ['joins-bounded', 'Joins and dials do not die down', 'handshakes'],
  ['views-symmetric', 'Nodes disagree about who their neighbours are', 'connections'],
  ['mesh-connected', 'The mesh falls apart', undefined],
  ['broadcast-delivered', 'Broadcasts miss live nodes', 'messages'],
  ['ledger-balanced', 'Things are opened and not closed once', undefined],
  ['heap-plateaus', 'Memory keeps growing', 'heap'],
  ['cost-settles', 'The mesh stays busy when nothing happens', 'messages'],
  ['faults-fired', 'A fault that was asked for never took effect', undefined],
  ['deterministic', 'Two runs of the same seed differ', undefined],
];

/** A sentence for each broken property, the most telling first. */
export function findingsOf(verdicts: readonly Verdict[]): Finding[] {
  const place = ({ property }: Finding): number => {
    const known = TOLD.findIndex(([name]) => name === property);
    return known < 0 ? 0 : known;
  };
  return verdicts
    .filter(({ ok }) => !ok)
    .map(findingOf)
    .toSorted((a, b) => place(a) - place(b));
}

function findingOf(verdict: Verdict): Finding {
  const { name, evidence, firstBrokenUs: sinceUs } = verdict;
  const known = TOLD.find(([property]) => property === name);
  const lead = known?.[1] ?? `${name} does not hold`;
  const worst = grownMost(evidence) ?? evidence[0];
  const growth = worst === undefined ? undefined : growthOf(worst);
  const what = subjectOf(worst);
  const where = whereOf(worst);
  const since = sinceUs === undefined ? '' : `, since ${timeText(sinceUs)}`;
  const grown = growth === undefined ? '' : growthText(growth);
  const said =
    worst === undefined || growth === undefined
      ? (worst?.text ?? verdict.figure)
      : `${what} went ${grown}${where === '' ? '' : `, in ${where}`}${exampleText(worst, evidence)}`;
  const opens = worst !== undefined && growth !== undefined && /^[a-z-]+ \S+$/.test(what);
  return {
    property: name,
    lead,
    growth: grown,
    what,
    where,
    sinceUs,
    sentence: `${lead}${since}: ${said}.`,
    chart: opens ? LEAK_CHART : known?.[2],
  };
}

/** Evidence of growth tells more than a single example; of bytes, the part tells more than the sum of all parts. */
function grownMost(evidence: readonly Evidence[]): Evidence | undefined {
  const grown = evidence.filter((one) => growthOf(one) !== undefined);
  return grown.find(({ subject }) => subject.includes(' of ')) ?? grown[0];
}

function subjectOf(evidence: Evidence | undefined): string {
  return (evidence?.subject ?? '').replace(/^ledger: /, '');
}

function growthText({ driver, unit, slope, drivers, values }: GrowthView): string {
  const one = driver === 'hours' ? 'virtual hour' : driver.replace(/s$/, '');
  const [from, to] = [amount(values[0] ?? 0, unit), amount(values.at(-1) ?? 0, unit)];
  const over = driver === 'hours' ? '' : ` over ${short((drivers.at(-1) ?? 0) - (drivers[0] ?? 0))} ${driver}`;
  const counted = unit === 'bytes' || unit === 'open' ? '' : ` ${unit}`;
  return `from ${from} to ${to}${counted}${over}, ${amount(slope, unit)} more with each ${one}`;
}

function whereOf(evidence: Evidence | undefined): string {
  const survivors = evidence?.data['survivors'];
  if (typeof survivors === 'number') {
    return survivors === 1 ? 'the one node that lived throughout' : `the ${survivors} nodes that lived throughout`;
  }
  const example = evidence?.data['example'];
  const holder = typeof example === 'string' ? /^(p\d+)\b/.exec(example)?.[1] : undefined;
  if (holder !== undefined) return `nodes that lived throughout, such as ${holder}`;
  const peers = evidence === undefined ? undefined : /\bp\d+(?: about p\d+| > p\d+)?/.exec(evidence.text)?.[0];
  return peers ?? '';
}

/** One place to look at: of the evidence itself, or of what else the same property says of the same thing. */
function exampleText(worst: Evidence, evidence: readonly Evidence[]): string {
  const { example } = worst.data;
  if (typeof example === 'string' && example !== '') return `; for example ${example}`;
  const examples = evidence.find((one) => one !== worst && one.subject === worst.subject)?.data['examples'];
  const [first] = (Array.isArray(examples) ? examples : []) as {
    owner?: unknown;
    subject?: unknown;
    ageUs?: unknown;
  }[];
  if (typeof first?.owner !== 'string' || typeof first.ageUs !== 'number') return '';
  const about = typeof first.subject === 'string' ? ` about ${first.subject}` : '';
  return `; the oldest is that of ${first.owner}${about}, open for ${timeText(first.ageUs)}`;
}

function amount(value: number, unit: string): string {
  if (unit !== 'bytes')
    return Number.isInteger(value) || Math.abs(value) >= 100 ? short(value) : String(Number(short(value)));
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
  return `${short(value / 1000 ** power)} ${units[power]}`;
}
