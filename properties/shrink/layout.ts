// When things happen in a plan, apart from what happens: clusters of actions, and the gaps between them.
// Invariant: a layout that is written back has its clusters in the same order, and each gap exactly as long as it says.
import { lastMomentUs } from '../../sim/churn/plan.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';

/** Actions that no calm lies between. */
export type Cluster = readonly ChurnAction[];

/** A plan, and the stretches without churn around its clusters. */
export interface Layout {
  readonly clusters: readonly Cluster[];
  /** Time before each cluster since all that came before was over, in microseconds; the first counts from 0. */
  readonly gapsUs: readonly number[];
  /** Time after the last moment of the plan, in microseconds. */
  readonly tailUs: number;
}

/** The layout of a plan that ends at `endUs`, where calms are `calmUs` long. */
export function layoutOf(actions: readonly ChurnAction[], endUs: number, calmUs: number): Layout {
  const clusters: ChurnAction[][] = [];
  const gapsUs: number[] = [];
  let lastUs = 0;
  for (const action of actions) {
    const gapUs = action.atUs - lastUs;
    if (clusters.length === 0 || gapUs >= calmUs) {
      clusters.push([]);
      gapsUs.push(gapUs);
    }
    clusters.at(-1)!.push(action);
    lastUs = Math.max(lastUs, lastMomentUs(action));
  }
  return { clusters, gapsUs, tailUs: Math.max(0, endUs - lastUs) };
}

/** The actions of a layout at their times, and the time at which it ends, in microseconds. */
export function laidOut({ clusters, gapsUs, tailUs }: Layout): { actions: ChurnAction[]; endUs: number } {
  const actions: ChurnAction[] = [];
  let lastUs = 0;
  for (const [index, cluster] of clusters.entries()) {
    const [first] = cluster;
    if (first === undefined) continue;
    const laterUs = lastUs + gapsUs[index]! - first.atUs;
    for (const action of cluster) {
      actions.push({ ...action, atUs: action.atUs + laterUs });
      lastUs = Math.max(lastUs, lastMomentUs(action) + laterUs);
    }
  }
  return { actions, endUs: lastUs + tailUs };
}

/** The tightest layout of clusters with a calm before each, and one after the last. */
export function tight(clusters: readonly Cluster[], calmUs: number): Layout {
  if (clusters.length === 0) return { clusters, gapsUs: [], tailUs: BOOTSTRAP_US + calmUs };
  const gapsUs = clusters.map((_, index) => (index === 0 ? BOOTSTRAP_US + calmUs : calmUs));
  return { clusters, gapsUs, tailUs: calmUs };
}

/** A layout in which every gap has as many calms of another length as it had before. */
export function withCalms(layout: Layout, calmUs: number, nextCalmUs: number): Layout {
  const changed = (gapUs: number): number => gapUs + Math.floor(gapUs / calmUs) * (nextCalmUs - calmUs);
  const first = (gapUs: number): number =>
    gapUs < BOOTSTRAP_US ? gapUs : BOOTSTRAP_US + changed(gapUs - BOOTSTRAP_US);
  const { clusters, gapsUs, tailUs } = layout;
  return {
    clusters,
    gapsUs: gapsUs.map((gapUs, index) => (index === 0 ? first(gapUs) : changed(gapUs))),
    tailUs: clusters.length === 0 ? first(tailUs) : changed(tailUs),
  };
}
