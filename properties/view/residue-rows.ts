// The residue of a run as rows: what survivors still hold of departed peers, and what else grows, with examples.
// Invariant: growth is what the judges say; rows of what does not grow come after those of what does.
import { growing } from '../slope.ts';
import type { Evidence, Verdict } from '../property.ts';
import { DRIVER_UNITS, cohortOf, firstRiseUs, mainDriver, pointsOf, seriesOf } from '../judges/cohort.ts';
import type { CalmRecord, Driver } from '../soak/record.ts';
import { growthOf } from './growth.ts';
import { timeText } from './time-text.ts';
import type { ResidueRow } from './run-data.ts';

const MOST_ROWS = 60;
const MOST_EXAMPLES = 5;

/**
 * Rows of a run so far.
 *
 * @param verdicts - Empty while it has not been judged: then only mentions of departed peers are told of.
 */
export function residueRows(calms: readonly CalmRecord[], verdicts: readonly Verdict[]): ResidueRow[] {
  const judged = verdicts
    .filter(({ ok }) => !ok)
    .flatMap((verdict) => verdict.evidence.flatMap((evidence) => judgedRow(calms, verdict, evidence) ?? []));
  const known = new Set(judged.map(({ path }) => path));
  const rows = [...merged(judged), ...mentionRows(calms).filter(({ path }) => !known.has(path))];
  return rows.toSorted((a, b) => Number(b.grows) - Number(a.grows) || share(b) - share(a)).slice(0, MOST_ROWS);
}

/** One subject is told of once, by the property that says most of it. */
function merged(rows: readonly ResidueRow[]): ResidueRow[] {
  const byPath = new Map<string, ResidueRow>();
  for (const row of rows) {
    const known = byPath.get(row.path);
    if (known === undefined || known.examples.length < row.examples.length) byPath.set(row.path, row);
  }
  return [...byPath.values()];
}

/** How much of what is there at the end has come since the first calm, and how much that is. */
function share({ values }: ResidueRow): number {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  return (last - first) / Math.max(1, first);
}

function judgedRow(calms: readonly CalmRecord[], verdict: Verdict, evidence: Evidence): ResidueRow | undefined {
  const growth = growthOf(evidence);
  if (growth === undefined || growth.unit === 'bytes') return undefined;
  const { subject } = evidence;
  const { values, drivers, slope } = growth;
  const first = values.findIndex((value) => value > (values[0] ?? 0));
  return {
    path: subject,
    kind: growth.unit === 'mentions' ? 'mention' : growth.unit === 'elements' ? 'collection' : 'ledger',
    property: verdict.name,
    slope,
    driver: growth.driver === 'hours' ? 'virtual hour' : growth.driver.replace(/s$/, ''),
    drivers,
    values,
    sinceUs: calms[first]?.untilUs ?? verdict.firstBrokenUs,
    examples: examplesOf(calms, subject, evidence),
    grows: true,
  };
}

/** Mentions of departed peers that no declaration covers, growing or not. */
function mentionRows(calms: readonly CalmRecord[]): ResidueRow[] {
  const cohort = cohortOf(calms);
  const driver: Driver = mainDriver({ calms } as Parameters<typeof mainDriver>[0]);
  const series = seriesOf(calms, cohort, function* (node) {
    for (const [path, { count }] of node.residue) yield [path, count] as const;
  });
  return series.map((one) => {
    const growth = growing(pointsOf(calms, driver, one));
    return {
      path: one.subject,
      kind: 'mention' as const,
      property: undefined,
      slope: growth.slope,
      driver: DRIVER_UNITS[driver],
      drivers: calms.map(({ drivers }) => drivers[driver]),
      values: one.values,
      sinceUs: firstRiseUs(calms, one),
      examples: mentionExamples(calms, one.subject),
      grows: growth.grows,
    };
  });
}

function examplesOf(calms: readonly CalmRecord[], subject: string, { data }: Evidence): readonly string[] {
  const entries = entryExamples(calms, subject.replace(/^ledger: /, ''));
  if (entries.length > 0) return entries;
  const mentions = mentionExamples(calms, subject);
  if (mentions.length > 0) return mentions;
  const holders = holderExamples(calms, subject);
  if (holders.length > 0) return holders;
  return typeof data['example'] === 'string' && data['example'] !== '' ? [data['example']] : [];
}

/** The nodes that hold most at the last calm: entries of a site, or elements of a path class. */
function holderExamples(calms: readonly CalmRecord[], subject: string): string[] {
  const calm = calms.at(-1);
  if (calm === undefined) return [];
  const peers = new Map(calm.census.nodes.map(({ serial, peerIndex }) => [serial, `p${peerIndex}`]));
  const entries = calm.resources.entries.flatMap((node) => {
    const count = node.sites.get(subject)?.count ?? 0;
    return count === 0 ? [] : [{ peer: peers.get(node.serial) ?? '', count, what: 'open' }];
  });
  const elements = calm.census.nodes.flatMap((node) => {
    const count = node.sizes.get(subject) ?? 0;
    return count === 0 ? [] : [{ peer: `p${node.peerIndex}`, count, what: 'elements' }];
  });
  return [...entries, ...elements]
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_EXAMPLES)
    .map(({ peer, count, what }) => `${peer}: ${count} ${what}`);
}

/** Concrete paths at the last calm, of the nodes that hold most. */
function mentionExamples(calms: readonly CalmRecord[], path: string): string[] {
  const nodes = calms.at(-1)?.census.nodes ?? [];
  return nodes
    .flatMap(({ peerIndex, residue }) => {
      const found = residue.get(path);
      return found === undefined ? [] : [{ peerIndex, ...found }];
    })
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_EXAMPLES)
    .map(({ peerIndex, example, count }) => `p${peerIndex}: ${example}${count > 1 ? ` and ${count - 1} more` : ''}`);
}

/** Entries at the last calm that have outlived their time, or that a newer one superseded; the oldest first. */
function entryExamples(calms: readonly CalmRecord[], site: string): string[] {
  const resources = calms.at(-1)?.resources;
  const found = resources?.overdue.get(site) ?? resources?.superseded.get(site);
  return (found?.examples ?? [])
    .slice(0, MOST_EXAMPLES)
    .map(
      ({ owner, subject, ageUs }) =>
        `${owner}${subject === undefined ? '' : ` about ${subject}`}, open for ${timeText(ageUs)}`,
    );
}
