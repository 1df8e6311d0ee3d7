// Passes over the plan, its times and the nodes: less of what happens, and sooner.
// Invariant: an action that is left over still finds whom it meant, or goes.
import { lastMomentUs } from '../../sim/churn/plan.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import type { Draft } from './draft.ts';
import type { Cluster, Layout } from './layout.ts';
import type { Pass } from './pass.ts';

const SECOND_US = 1_000_000;
/** Numbers of nodes to try. */
const NODE_COUNTS = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256, 512, 1024, 4096, 16_384, 65_536];
/** Lengths of what follows the last action, in calms. */
const TAIL_CALMS = [0, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24];
/** Shares of a plan's clusters to be left with. */
const LEFT_SHARES = [0.25, 0.5, 0.75];

/** What came after it broke goes, and what has no effect; failing that, the later parts of the plan. */
export function* earlierEnd(draft: Draft): IterableIterator<ExplicitScenario> {
  const { actions, calmUs, hints, layout, soak } = draft;
  const brokenUs = hints?.brokenUs;
  if (brokenUs !== undefined) {
    const before = draft.write(actions.filter(({ action }) => action.atUs <= brokenUs));
    yield draft.with({ ...draft.layoutOf(before), tailUs: calmUs });
    yield draft.ending(before, Math.max(lastOf(before), brokenUs) + SECOND_US);
  }
  yield draft.ending(draft.write(actions), soak.endUs);
  for (const share of LEFT_SHARES) {
    const left = Math.ceil(share * layout.clusters.length);
    const clusters = layout.clusters.slice(0, left);
    yield draft.with({ clusters, gapsUs: layout.gapsUs.slice(0, left), tailUs: calmUs });
  }
}

/** Fewer nodes; peers above are moved below. */
export function* fewerNodes(draft: Draft): IterableIterator<ExplicitScenario> {
  for (const nodes of NODE_COUNTS) {
    if (nodes >= draft.soak.nodes) return;
    yield draft.ending(draft.rewrite(draft.actions, nodes), draft.soak.endUs, { nodes });
  }
}

/**
 * Without a stretch of actions: halves first, then ever shorter ones, from the end of the plan. The place is the length of a
 * stretch and where it ends.
 *
 * @param leastShare - Of the plan, the shortest stretch; 0 for single actions.
 */
export function withoutStretches(leastShare: number): Pass {
  return function* (draft, from) {
    const { actions } = draft;
    const [fromLength = Math.ceil(actions.length / 2), fromEnd = actions.length] = from;
    const least = Math.max(1, leastShare * actions.length);
    let end = Math.min(fromEnd, actions.length);
    for (let length = Math.min(fromLength, actions.length); length >= least; length = Math.floor(length / 2)) {
      for (; end > 0; end -= length) {
        const begin = Math.max(0, end - length);
        const left = draft.rewrite([...actions.slice(0, begin), ...actions.slice(end)]);
        yield { scenario: draft.with(closed(draft, left)), next: [length, begin] };
      }
      end = actions.length;
    }
  };
}

/** The layout of what is left of a plan; no stretch without churn is longer than the longest was. */
function closed(draft: Draft, left: readonly ChurnAction[]): Layout {
  const layout = draft.layoutOf(left);
  const longestUs = draft.layout.gapsUs.slice(1).reduce((most, gapUs) => Math.max(most, gapUs), draft.calmUs);
  const [firstUs = 0] = draft.layout.gapsUs;
  const gapsUs = layout.gapsUs.map((gapUs, index) => Math.min(gapUs, index === 0 ? firstUs : longestUs));
  if (left.length === 0) return layout;
  return { ...layout, gapsUs, tailUs: Math.min(layout.tailUs, Math.max(draft.layout.tailUs, draft.calmUs)) };
}

/** Shorter stretches before, between and after the clusters of the plan, and shorter clusters. */
export function* shorterTimes(draft: Draft): IterableIterator<ExplicitScenario> {
  const { calmUs, layout, hints, soak } = draft;
  const { clusters, gapsUs, tailUs } = layout;
  const tightGaps = gapsUs.map((gapUs, index) => (index === 0 ? gapUs : Math.min(gapUs, calmUs)));
  const firstGaps = clusters.length === 0 ? [] : [SECOND_US, BOOTSTRAP_US, BOOTSTRAP_US + calmUs];
  for (const firstUs of firstGaps) {
    const gaps = tightGaps.map((gapUs, index) => (index === 0 ? Math.min(gapUs, firstUs) : gapUs));
    yield draft.with({ clusters: clusters.map(dense), gapsUs: gaps, tailUs: Math.min(tailUs, calmUs) });
    yield draft.with({ clusters, gapsUs: gaps, tailUs: Math.min(tailUs, calmUs) });
  }
  const brokenUs = hints?.brokenUs;
  if (brokenUs !== undefined) {
    yield draft.ending(soak.plan.actions, Math.max(lastOf(soak.plan.actions), brokenUs) + SECOND_US);
  }
  const leastUs = clusters.length === 0 ? BOOTSTRAP_US : SECOND_US;
  for (const calms of TAIL_CALMS) yield draft.with({ ...layout, tailUs: Math.max(leastUs, calms * calmUs) });
  for (const firstUs of firstGaps) yield draft.with({ ...layout, gapsUs: gapsUs.with(0, firstUs) });
  for (const index of clusters.keys()) {
    yield draft.with({ ...layout, clusters: clusters.with(index, dense(clusters[index]!)) });
    if (index === 0) continue;
    for (const gapUs of [SECOND_US, calmUs]) yield draft.with({ ...layout, gapsUs: gapsUs.with(index, gapUs) });
  }
}

/** A cluster with a second from action to action, where it was more. */
function dense(cluster: Cluster): Cluster {
  const moved: ChurnAction[] = [];
  let previousUs = -SECOND_US;
  for (const action of cluster) {
    const before = cluster[moved.length - 1];
    const gapUs = before === undefined ? 0 : Math.min(action.atUs - before.atUs, SECOND_US);
    const atUs = before === undefined ? action.atUs : previousUs + gapUs;
    moved.push({ ...action, atUs });
    previousUs = atUs;
  }
  return moved;
}

function lastOf(actions: readonly ChurnAction[]): number {
  return actions.reduce((lastUs, action) => Math.max(lastUs, lastMomentUs(action)), 0);
}
