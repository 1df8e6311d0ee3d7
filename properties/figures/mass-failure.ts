// Delivery after a share of all nodes fails at once (HyParView, sections 5.2 and 5.3).
// Invariant: every share is tried on the very same overlay, stabilised anew, since the run up to the failure is a
// function of seed and size.
import { mean } from './distribution.ts';
import { about, compare, seedsOf, words } from './figure.ts';
import type { Comparison, Experiment, FigureOptions, FigureReport, RoundSeries } from './figure.ts';
import { componentSizes, overlayGraph } from './graph.ts';
import { RoundPlayer, ROUND_LIMIT_US } from './rounds.ts';
import type { Round } from './rounds.ts';
import { cycleUs, isPaperSize, PAPER_NODES, stabilise, stabiliseLines, within } from './stabilise.ts';
import type { StabilisePlan } from './stabilise.ts';
import type { Stage } from './stage.ts';

/** Rounds straight after the failure, one each {@link ROUND_LIMIT_US}, and random survivors that send in each. */
const ROUNDS = 9;
const SENDERS = 10;
/** Rounds after each of {@link LATER_CYCLES}. */
const LATER_ROUNDS = 1;
const LATER_CYCLES = [1, 5];
/** By then every survivor has been told of its dead neighbours (an idle link: 10 s) and has asked others. */
const REPAIRED_US = 3 * ROUND_LIMIT_US;
/** A round has recovered when one of its broadcasts reaches this share of the survivors' largest component. */
const RECOVERED_SHARE = 0.99;
/** The papers' failure detector: whoever sends to a dead peer is told at once. */
const AT_ONCE_US = 1_000;

/** What one failure did. */
export interface FailureFigures {
  readonly survivors: number;
  /** Straight after the failure. */
  readonly rounds: readonly Round[];
  /** Mean reliability of the rounds begun after {@link REPAIRED_US}. */
  readonly repaired: number;
  /** Share of the survivors in the largest component, after those rounds. */
  readonly largest: number;
  /** First round that recovered, from 1, and when it began in seconds after the failure; NaN when none did. */
  readonly recoveredRound: number;
  readonly recoveredS: number;
  /** Mean reliability of some rounds after each of {@link LATER_CYCLES}. */
  readonly later: readonly number[];
}

/** Reliability by round after mass failures from 10% to 95%. */
export const MASS_FAILURE: Experiment = {
  name: 'papers/mass-failure',
  summary: 'reliability by round after 10% to 95% of the nodes fail at once',
  *run(options): Generator<number, FigureReport, undefined> {
    const nodes = options.quick ? PAPER_NODES / 10 : PAPER_NODES;
    const shares = sharesOf(options);
    const cases = seedsOf(options, 1).flatMap((seed) => [
      ...shares.map((share) => ({ share, plan: { seed, nodes } satisfies StabilisePlan })),
      { share: 0.9, plan: { seed, nodes, toldAfterUs: AT_ONCE_US } satisfies StabilisePlan },
    ]);
    const results: FailureResult[] = [];
    for (const [place, { share, plan }] of cases.entries()) {
      const figures = yield* within(failure(share, plan), place / cases.length, (place + 1) / cases.length);
      results.push({ share, seed: plan.seed, toldAtOnce: 'toldAfterUs' in plan, figures });
    }
    return reportOf(nodes, shares, results);
  },
};

interface FailureResult {
  readonly share: number;
  readonly seed: string;
  readonly toldAtOnce: boolean;
  readonly figures: FailureFigures;
}

function sharesOf({ quick }: FigureOptions): readonly number[] {
  return quick ? [0.5, 0.9, 0.95] : [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
}

/** Stabilises an overlay, lets a share of it fail, and plays rounds. */
function* failure(share: number, plan: StabilisePlan): Generator<number, FailureFigures, undefined> {
  const stage = yield* within(stabilise(plan), 0, 0.8);
  stage.failAtOnce(share);
  const failedUs = stage.simulation.nowUs;
  const rounds = yield* within(playRandom(stage, ROUNDS, SENDERS, ROUND_LIMIT_US), 0.8, 0.95);
  const graph = overlayGraph(stage.running());
  const largest = (componentSizes(graph)[0] ?? 0) / graph.size;
  const later: number[] = [];
  let cycle = 0;
  for (const until of LATER_CYCLES) {
    stage.runFor((until - cycle) * cycleUs(plan.nodes));
    cycle = until;
    const laterRounds = yield* within(playRandom(stage, LATER_ROUNDS, SENDERS), 0.95, 1);
    later.push(mean(laterRounds.map(({ reliability }) => reliability)));
  }
  const recovered = rounds.findIndex(({ widest }) => widest >= RECOVERED_SHARE * largest);
  return {
    survivors: graph.size,
    rounds,
    repaired: mean(
      rounds.filter(({ beganUs }) => beganUs >= failedUs + REPAIRED_US).map(({ reliability }) => reliability),
    ),
    largest,
    recoveredRound: recovered < 0 ? NaN : recovered + 1,
    recoveredS: recovered < 0 ? NaN : (rounds[recovered]!.beganUs - failedUs) / 1e6,
    later,
  };
}

/**
 * Rounds by random senders, so many at once in each; yields the share that is done.
 *
 * @param everyUs - Least time from one round to the next, in microseconds; default 0.
 */
export function* playRandom(
  stage: Stage,
  count: number,
  senders: number,
  everyUs = 0,
): Generator<number, Round[], undefined> {
  const player = new RoundPlayer(stage.simulation, stage.world);
  for (let round = 0; round < count; round++) {
    const nextUs = stage.simulation.nowUs + everyUs;
    player.play(stage.random.sample(stage.simulation.live, senders));
    if (stage.simulation.nowUs < nextUs) stage.simulation.run({ untilUs: nextUs });
    yield (round + 1) / count;
  }
  return player.finish();
}

function reportOf(nodes: number, shares: readonly number[], results: readonly FailureResult[]): FigureReport {
  const slow = results.filter(({ toldAtOnce }) => !toldAtOnce);
  const series: RoundSeries[] = results.map(({ share, seed, toldAtOnce, figures }) => ({
    name: `${percent(share)} failed, seed ${seed}${toldAtOnce ? ', told at once' : ''}`,
    rounds: figures.rounds,
  }));
  return {
    name: MASS_FAILURE.name,
    title: 'mass failure (HyParView, DSN 2007)',
    setup: [
      ...stabiliseLines(nodes),
      'peer 0 is always among the failed: a node that lost everyone it knew would join again through it, which the papers',
      `have not; rounds by ${SENDERS} random survivors each, one each ${ROUND_LIMIT_US / 1e6} s, the first at the moment of the failure`,
      'a dead neighbour is told of 1 s after something is sent to it, or after 10 s of silence; the papers tell at once;',
      'no shuffle is needed for what happens within the first cycle, so the papers\' "cycles" are the rounds before any',
    ],
    comparisons: comparisonsOf(results, isPaperSize(nodes)),
    tables: [
      {
        title: 'reliability: share of the survivors that a broadcast reached, mean over the broadcasts of a round',
        head: [
          'failed',
          'seed',
          'survivors',
          'round 1',
          '2',
          '3',
          '4',
          '5',
          'from 15 s on',
          'largest component',
          ...LATER_HEAD,
        ],
        rows: shares.flatMap((share) =>
          slow.filter((result) => result.share === share).map((result) => reliabilityRow(result)),
        ),
      },
      {
        title: 'recovery: the first round in which a broadcast reaches 99% of the largest component',
        head: ['failed', 'seed', 'told of dead neighbours', 'round', 's after the failure'],
        rows: results.map(({ share, seed, toldAtOnce, figures: { recoveredRound, recoveredS } }) => [
          percent(share),
          seed,
          toldAtOnce ? 'at once' : 'after 1 s or 10 s',
          recoveredRound,
          recoveredS,
        ]),
      },
    ],
    series,
  };
}

const LATER_HEAD = LATER_CYCLES.map((cycle) => `cycle ${cycle}`);

function reliabilityRow({ share, seed, figures }: FailureResult): (string | number)[] {
  const { survivors, rounds, repaired, largest, later } = figures;
  return [
    percent(share),
    seed,
    survivors,
    ...rounds.slice(0, 5).map((round) => round.reliability),
    repaired,
    largest,
    ...later,
  ];
}

function comparisonsOf(results: readonly FailureResult[], comparable: boolean): Comparison[] {
  const of = (share: number, toldAtOnce: boolean, pick: (figures: FailureFigures) => number): number[] =>
    results
      .filter((each) => each.share === share && each.toldAtOnce === toldAtOnce)
      .map(({ figures }) => pick(figures));
  const note = 'mean over the rounds from 15 s on';
  return [
    compare(
      'reliability after 90% fail',
      about(1, 'nearly all'),
      of(0.9, false, ({ repaired }) => repaired),
      { note, comparable },
    ),
    compare(
      'reliability after 95% fail',
      about(0.9, 'about 9 in 10'),
      of(0.95, false, ({ repaired }) => repaired),
      { note, comparable },
    ),
    compare(
      'rounds until recovered, 90% fail',
      words('a few'),
      of(0.9, false, ({ recoveredRound }) => recoveredRound),
      {
        note: 'the lost rounds are those before the 10 s of silence have passed',
      },
    ),
    compare(
      'the same, told of dead neighbours at once',
      words('a few'),
      of(0.9, true, ({ recoveredRound }) => recoveredRound),
      {
        note: 'as in the papers',
      },
    ),
    compare(
      'rounds until recovered, 95% fail',
      words('a few'),
      of(0.95, false, ({ recoveredRound }) => recoveredRound),
    ),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
