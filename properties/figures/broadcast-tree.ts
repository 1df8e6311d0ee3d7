// Plumtree on the stabilised overlay, and after many nodes fail at once (Epidemic Broadcast Trees, section 4).
// Invariant: the rounds of one run follow each other on one tree: one sender, then random senders, then the failure.
import { mean } from './distribution.ts';
import { about, compare, seedsOf, words } from './figure.ts';
import type { Comparison, Experiment, FigureReport, FigureTable } from './figure.ts';
import { playRandom } from './mass-failure.ts';
import { RoundPlayer, ROUND_LIMIT_US } from './rounds.ts';
import type { Round } from './rounds.ts';
import { cycleUs, isPaperSize, PAPER_NODES, stabilise, stabiliseLines, within } from './stabilise.ts';

/** Rounds of each phase. */
const ROUNDS = 15;
/** Rounds of one sender that the tree takes to form: the first floods, the second is sent before all prunes arrived. */
const FORMING_ROUNDS = 2;
const ROUNDS_AFTER_FAILURE = 25;
/** Rounds when a shuffle cycle has passed since. */
const ROUNDS_AFTER_CYCLE = 5;
/** A round that reaches this share of the survivors has recovered. */
const RECOVERED_SHARE = 0.99;
/** Rounds at the end of those after the failure over which reliability is taken. */
const LAST_ROUNDS = 15;
/** Graft timeouts longer than any payload takes, in place of 80 and 40 ms. */
const PATIENT = { graftTimeoutUs: 2_000_000, nextGraftTimeoutUs: 1_000_000 };

interface TreeCase {
  readonly failed: number;
  readonly patient: boolean;
}

const CASES: readonly TreeCase[] = [
  { failed: 0.5, patient: false },
  { failed: 0.8, patient: false },
  { failed: 0.5, patient: true },
];

interface TreeResult extends TreeCase {
  readonly seed: string;
  readonly oneSender: readonly Round[];
  readonly randomSenders: readonly Round[];
  readonly afterFailure: readonly Round[];
  readonly afterCycle: readonly Round[];
}

/** Redundancy, hops and reliability of the tree, before and after mass failures. */
export const BROADCAST_TREE: Experiment = {
  name: 'papers/broadcast-tree',
  summary: 'RMR, LDH and reliability of Plumtree by round, stable and after 50% and 80% fail at once',
  *run(options): Generator<number, FigureReport, undefined> {
    const nodes = options.quick ? PAPER_NODES / 10 : PAPER_NODES;
    const runs = seedsOf(options, 1).flatMap((seed) => CASES.map((one) => ({ ...one, seed })));
    const results: TreeResult[] = [];
    for (const [place, run] of runs.entries()) {
      results.push(yield* within(treeRun(run, nodes), place / runs.length, (place + 1) / runs.length));
    }
    return {
      name: BROADCAST_TREE.name,
      title: 'the broadcast tree (Plumtree, SRDS 2007)',
      setup: [
        ...stabiliseLines(nodes),
        `${ROUNDS} rounds of one sender, then ${ROUNDS} of random senders, then a share fails and ${ROUNDS_AFTER_FAILURE} rounds of random survivors`,
        `"patient": graft timeouts of ${PATIENT.graftTimeoutUs / 1e6} s and ${PATIENT.nextGraftTimeoutUs / 1e6} s in place of 80 and 40 ms, for comparison`,
      ],
      comparisons: comparisonsOf(results, isPaperSize(nodes)),
      tables: [byRound(results.filter(({ seed }) => seed === results[0]!.seed))],
      series: results.flatMap((result) => [
        { name: `${nameOf(result)}, seed ${result.seed}, one sender`, rounds: result.oneSender },
        { name: `${nameOf(result)}, seed ${result.seed}, random senders`, rounds: result.randomSenders },
        { name: `${nameOf(result)}, seed ${result.seed}, after the failure`, rounds: result.afterFailure },
        { name: `${nameOf(result)}, seed ${result.seed}, a cycle later`, rounds: result.afterCycle },
      ]),
    };
  },
};

function* treeRun(
  { failed, patient, seed }: TreeCase & { seed: string },
  nodes: number,
): Generator<number, TreeResult, undefined> {
  const stage = yield* within(stabilise({ seed, nodes, ...(patient ? { plumtree: PATIENT } : {}) }), 0, 0.7);
  const player = new RoundPlayer(stage.simulation, stage.world);
  const sender = stage.randomNode();
  for (let round = 0; round < ROUNDS; round++) {
    player.play([sender]);
    yield 0.7 + (0.15 * round) / ROUNDS;
  }
  const oneSender = player.finish();
  const randomSenders = yield* within(playRandom(stage, ROUNDS, 1), 0.85, 0.95);
  stage.failAtOnce(failed);
  const afterFailure = yield* within(playRandom(stage, ROUNDS_AFTER_FAILURE, 1), 0.95, 1);
  stage.runFor(cycleUs(nodes));
  const afterCycle = yield* within(playRandom(stage, ROUNDS_AFTER_CYCLE, 1), 1, 1);
  return { failed, patient, seed, oneSender, randomSenders, afterFailure, afterCycle };
}

function comparisonsOf(results: readonly TreeResult[], comparable: boolean): Comparison[] {
  const stable = results.filter(({ failed, patient }) => failed === 0.5 && !patient);
  const patient = results.filter((each) => each.patient);
  const over = (
    runs: readonly TreeResult[],
    rounds: (run: TreeResult) => readonly Round[],
    pick: (round: Round) => number,
  ): number[] => runs.map((run) => mean(rounds(run).map(pick)));
  const formed = ({ oneSender }: TreeResult): readonly Round[] => oneSender.slice(FORMING_ROUNDS);
  const random = ({ randomSenders }: TreeResult): readonly Round[] => randomSenders;
  const rmr = (round: Round): number => round.rmr;
  return [
    compare(
      'RMR of the first round, which floods',
      words('view size - 2'),
      stable.map(({ oneSender }) => oneSender[0]!.rmr),
    ),
    compare('RMR, one sender, tree formed', about(0, 'near 0'), over(stable, formed, rmr), { comparable }),
    compare('RMR, random senders', about(0, 'near 0'), over(stable, random, rmr), { why: GRAFTS, comparable }),
    compare('RMR, random senders, patient', about(0, 'near 0'), over(patient, random, rmr), { comparable }),
    compare(
      'LDH, one sender, tree formed',
      words('not published'),
      over(stable, formed, ({ ldh }) => ldh),
    ),
    compare(
      'LDH, random senders',
      words('not published'),
      over(stable, random, ({ ldh }) => ldh),
    ),
    compare(
      'LDH, random senders, patient',
      words('not published'),
      over(patient, random, ({ ldh }) => ldh),
      {
        note: 'the tree is as it formed around the first sender, so its paths are long for others',
      },
    ),
    compare(
      'reliability, stable',
      about(1, '100%'),
      over(stable, random, ({ reliability }) => reliability),
      { comparable },
    ),
    ...CASES.flatMap((one) =>
      afterFailure(
        results.filter((each) => sameCase(each, one)),
        one,
        comparable,
      ),
    ),
  ];
}

const GRAFTS =
  'a tree that formed around one sender is deep for another: its payloads take longer than the 80 ms after which a node ' +
  'grafts a link that announced them, and each such graft brings a duplicate; with patient grafts RMR is near 0, so it is ' +
  'the timeout and not the tree';

const TOLD =
  `the rounds before take ${ROUND_LIMIT_US / 1e6} s each: dead neighbours are told of after 1 s or 10 s, and a sender whose ` +
  'neighbours are dead reaches nobody';

const ISLANDS =
  'a few survivors are left out until the next shuffle: neighbours of each other whose passive peers all have full views ' +
  'and refuse them; such a pair was looked at, and had 11 and 19 living passive peers';

function afterFailure(results: readonly TreeResult[], one: TreeCase, comparable: boolean): Comparison[] {
  const name = nameOf(one);
  const recovered = results.map(({ afterFailure: rounds }) =>
    rounds.findIndex(({ reliability }) => reliability >= RECOVERED_SHARE),
  );
  const since = results.map(({ afterFailure: rounds }, run) =>
    recovered[run]! < 0 ? [] : rounds.slice(recovered[run]),
  );
  const reliability = (rounds: readonly Round[]): number => mean(rounds.map((round) => round.reliability));
  const settled = results.map(({ afterFailure: rounds }) => rounds.slice(-LAST_ROUNDS));
  const leavesOut = settled.some((rounds) => rounds.some(({ missed }) => missed > 0));
  return [
    compare(
      `${name}: rounds until 99% of the survivors are reached`,
      words('a few'),
      recovered.map((round) => (round < 0 ? NaN : round + 1)),
      { note: TOLD },
    ),
    compare(`${name}: reliability of the last ${LAST_ROUNDS} rounds`, about(1, '100%'), settled.map(reliability), {
      comparable,
      ...(leavesOut ? { note: ISLANDS } : {}),
    }),
    compare(
      `${name}: reliability a shuffle cycle later`,
      about(1, '100%'),
      results.map(({ afterCycle }) => reliability(afterCycle)),
      { comparable },
    ),
    compare(
      `${name}: RMR from the third recovered round on`,
      about(0, 'near 0'),
      since.map((rounds) => mean(rounds.slice(FORMING_ROUNDS).map(({ rmr }) => rmr))),
      { why: one.patient ? 'not explained' : 'grafts that come too early, as above', comparable },
    ),
  ];
}

function byRound(results: readonly TreeResult[]): FigureTable {
  const rows = results.flatMap((result) => {
    const phases = [
      ['one sender', result.oneSender],
      ['random senders', result.randomSenders],
      [`${Math.round(result.failed * 100)}% failed`, result.afterFailure],
      [`${Math.round(result.failed * 100)}% failed, a cycle later`, result.afterCycle],
    ] as const;
    // What comes before the failure is the same for every share that fails.
    const shown = result.failed === 0.5 ? phases : phases.slice(2);
    return shown.flatMap(([phase, rounds]) =>
      rounds
        .map((round, place) => ({ round, place }))
        .filter(({ place }) => place < 5 || place === rounds.length - 1)
        .map(({ round: { rmr, ldh, reliability, durationUs }, place }) => [
          result.patient ? `${phase}, patient` : phase,
          place + 1,
          reliability,
          rmr,
          ldh,
          durationUs / 1000,
        ]),
    );
  });
  return { title: 'by round', head: ['phase', 'round', 'reliability', 'RMR', 'LDH', 'ms'], rows };
}

function sameCase(left: TreeCase, right: TreeCase): boolean {
  return left.failed === right.failed && left.patient === right.patient;
}

function nameOf({ failed, patient }: TreeCase): string {
  return `${Math.round(failed * 100)}% failed${patient ? ', patient' : ''}`;
}
