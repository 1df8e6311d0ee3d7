// Two heap snapshots of a hosted run, at its first calm after churn and at its last, and what grew between them.
// Invariant: it reads and never steers; the digest is that of a run without.
import { HostedLife } from '../../host/model/hosted-life.ts';
import { heapGrowth, takeHeapCensus } from '../../host/residue/heap-census.ts';
import type { HeapCensus, HeapGrowth, HeapMention } from '../../host/residue/heap-census.ts';
import type { CalmMoment, Property } from '../../properties/property.ts';
import { notJudged } from '../../properties/property.ts';
import type { SoakRecord } from '../../properties/soak/record.ts';
import type { Soak } from '../../properties/soak/scenario.ts';

const NAME = 'heap-snapshot';
/** Classes of paths that are told. */
const MOST_TOLD = 50;

/** What two snapshots showed. */
export interface HeapReport {
  /** Virtual times of the two, in microseconds, and the objects that nodes held then. */
  readonly fromUs: number;
  readonly untilUs: number;
  readonly objectsBefore: number;
  readonly objectsAfter: number;
  /** Those with the most bytes first. */
  readonly growth: readonly HeapGrowth[];
  /** Departed peers that nodes mention at the end, where no walk over objects comes. */
  readonly hidden: readonly HeapMention[];
}

/** The soak with what takes the snapshots among its properties, for its run. */
export function withHeapLook(soak: Soak): Soak {
  const last = soak.calms.length - 1;
  const look: Property = {
    name: NAME,
    summary: 'takes two heap snapshots',
    watch: () => {
      const taken: HeapCensus[] = [];
      return {
        calm: ({ index, nodes, atUs }: CalmMoment) => {
          const [first] = nodes;
          if ((index !== Math.min(1, last) && index !== last) || !(first instanceof HostedLife)) return;
          taken.push(takeHeapCensus(nodes, first.run.identities, atUs));
        },
        finish: () => reportOf(taken),
      };
    },
    judge: () => notJudged(NAME, 'it is told, not judged', ''),
  };
  return { ...soak, properties: [...soak.properties, look] };
}

/** What the snapshots of a run showed; undefined when it had none. */
export function heapReportOf({ watched }: SoakRecord): HeapReport | undefined {
  return watched.get(NAME) as HeapReport | undefined;
}

function reportOf(taken: readonly HeapCensus[]): HeapReport | undefined {
  const [before, after = before] = taken;
  if (before === undefined || after === undefined) return undefined;
  return {
    fromUs: before.atUs,
    untilUs: after.atUs,
    objectsBefore: before.objectCount,
    objectsAfter: after.objectCount,
    growth: heapGrowth(before, after).slice(0, MOST_TOLD),
    hidden: after.hidden.toSorted((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1)).slice(0, MOST_TOLD),
  };
}
