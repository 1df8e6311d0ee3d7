// The papers' procedure: nodes join one by one through a single contact, then the overlay is left to shuffle.
// Invariant: a join is over before the next begins, and a cycle is long enough that all joins fall into the first.
import { Stage } from './stage.ts';

/** Time between two joins, in microseconds: more than the longest forwarded join takes over links of 50 ms. */
export const JOIN_GAP_US = 500_000;

/** Nodes of the papers' experiments. */
export const PAPER_NODES = 10_000;

/** Cycles of shuffling before anything is measured. */
export const PAPER_CYCLES = 50;

/** Share of the work that the joins are, measured. */
const JOIN_SHARE = 0.25;

/** What differs from the papers' procedure, and from the defaults. */
export interface StabilisePlan {
  readonly seed: string;
  readonly nodes: number;
  readonly cycles?: number;
  readonly joinGapUs?: number;
  /** Overrides of Plumtree's configuration. */
  readonly plumtree?: Readonly<Record<string, unknown>>;
  readonly toldAfterUs?: number;
}

/** The interval between two shuffles of a node that makes all joins fall into the first cycle, in microseconds. */
export function cycleUs(nodes: number): number {
  return Math.ceil(nodes * JOIN_GAP_US * 1.2);
}

/** A stabilised stage; yields the share that is done, 0 to 1. */
export function* stabilise(plan: StabilisePlan): Generator<number, Stage, undefined> {
  const { seed, nodes, cycles = PAPER_CYCLES, joinGapUs = JOIN_GAP_US, plumtree = {}, toldAfterUs } = plan;
  const config = { hyparview: { shuffleIntervalUs: cycleUs(nodes) }, plumtree };
  const stage = new Stage({ seed, nodes, config, ...(toldAfterUs === undefined ? {} : { toldAfterUs }) });
  stage.startOneByOne(joinGapUs);
  for (let step = 1; step <= 50; step++) {
    stage.runFor((nodes * joinGapUs) / 50);
    yield (JOIN_SHARE * step) / 50;
  }
  for (let step = 1; step <= 4 * cycles; step++) {
    stage.runFor(cycleUs(nodes) / 4);
    yield JOIN_SHARE + ((1 - JOIN_SHARE) * step) / (4 * cycles);
  }
  return stage;
}

/** Scales the shares that `part` yields to the stretch from `from` to `until` of a whole; gives its result. */
export function* within<Result>(
  part: Generator<number, Result, undefined>,
  from: number,
  until: number,
): Generator<number, Result, undefined> {
  for (let step = part.next(); ; step = part.next()) {
    if (step.done === true) return step.value;
    yield from + (until - from) * step.value;
  }
}

/** The setup of a stabilised stage, for people. */
export function stabiliseLines(nodes: number): string[] {
  const hours = (cycleUs(nodes) / 3.6e9).toFixed(1);
  return [
    `${nodes} nodes join one by one through peer 0, ${JOIN_GAP_US / 1000} ms apart; then ${PAPER_CYCLES} shuffle cycles`,
    `a cycle is the shuffle interval, here ${hours} h, so that no shuffle falls between the joins; latency 10 to 50 ms`,
    ...(isPaperSize(nodes) ? [] : [`published for ${PAPER_NODES} nodes, so nothing is judged here`]),
  ];
}

/** Whether figures of that many nodes can be held against the papers'. */
export function isPaperSize(nodes: number): boolean {
  return nodes === PAPER_NODES;
}
