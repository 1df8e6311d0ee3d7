// The reference scenarios: small swarms that all join one contact at once, and rounds of broadcasts.
// Invariant: a scenario and its seed make its rounds, and nothing else does.
import { distributionOf, mean } from './distribution.ts';
import { below, compare, exactly, seedsOf } from './figure.ts';
import type { Experiment, FigureReport, FigureTable, RoundSeries } from './figure.ts';
import { RoundPlayer } from './rounds.ts';
import type { Round } from './rounds.ts';
import { REFERENCE_LATENCY, Stage } from './stage.ts';
import type { Latency } from '../../sim/network/latency.ts';
import { describeLatency, longestLatencyUs } from '../../sim/network/latency.ts';

/** Time that the bootstrap takes, in maximum latencies. */
const BOOTSTRAP_LATENCIES = 20;

/** Latency of the scenario that the reference implementation asserts bounds for. */
const ASSERTED_LATENCY: Latency = { kind: 'uniform', minUs: 10_000, maxUs: 100_000 };
const ASSERTED_SEEDS = 20;

interface ReferenceScenario {
  readonly name: string;
  readonly title: string;
  readonly nodes: number;
  readonly rounds: number;
  readonly senders: 'one' | 'random' | 'all';
}

const SCENARIOS: readonly ReferenceScenario[] = [
  ...[20, 100, 1000].map((nodes) => scenario('one', nodes, 30)),
  ...[20, 100, 1000].map((nodes) => scenario('random', nodes, 30)),
  scenario('all', 20, 30),
  scenario('all', 100, 5),
];

/** The eight scenarios, and the one whose bounds the reference implementation asserts. */
export const REFERENCE_EXPERIMENTS: readonly Experiment[] = [...SCENARIOS.map(scenarioExperiment), assertion()];

/** Plays a scenario's rounds on a fresh swarm. */
export function referenceRounds(
  { nodes, rounds, senders }: Pick<ReferenceScenario, 'nodes' | 'rounds' | 'senders'>,
  seed: string,
  latency: Latency = REFERENCE_LATENCY,
): Round[] {
  const stage = new Stage({ seed, nodes, latency });
  stage.startTogether();
  stage.runFor(BOOTSTRAP_LATENCIES * longestLatencyUs(latency));
  const player = new RoundPlayer(stage.simulation, stage.world);
  const one = stage.randomNode();
  for (let round = 0; round < rounds; round++) {
    player.play(senders === 'all' ? stage.running() : [senders === 'one' ? one : stage.randomNode()]);
  }
  return player.finish();
}

function scenario(senders: ReferenceScenario['senders'], nodes: number, rounds: number): ReferenceScenario {
  const [name, title] = {
    one: ['one-sender', 'one sender, drawn once'],
    random: ['random-senders', 'another random sender each round'],
    all: ['all-send', 'all send at once'],
  }[senders] as [string, string];
  return {
    name: `reference/${name}-${nodes}`,
    title: `${nodes} nodes, ${title}, ${rounds} rounds`,
    nodes,
    rounds,
    senders,
  };
}

function scenarioExperiment(scenario: ReferenceScenario): Experiment {
  const { name, title } = scenario;
  return {
    name,
    summary: title,
    *run(options): Generator<number, FigureReport, undefined> {
      const seeds = seedsOf(options, options.quick ? 2 : 4);
      const series: RoundSeries[] = [];
      for (const seed of seeds) {
        series.push({ name: `seed ${seed}`, rounds: referenceRounds(scenario, seed) });
        yield series.length / seeds.length;
      }
      return {
        name,
        title,
        setup: [
          setupLine(REFERENCE_LATENCY),
          'the reference publishes no values: RMR, LDH and duration are mean / max over rounds',
        ],
        comparisons: [],
        tables: [summaryTable(series)],
        series,
      };
    },
  };
}

function assertion(): Experiment {
  const name = 'reference/assertion';
  const title = '100 nodes, another random sender each round, 30 rounds: the bounds that the reference asserts';
  return {
    name,
    summary: title,
    *run(options): Generator<number, FigureReport, undefined> {
      const seeds = seedsOf(options, options.quick ? 5 : ASSERTED_SEEDS);
      const series: RoundSeries[] = [];
      for (const seed of seeds) {
        const rounds = referenceRounds({ nodes: 100, rounds: 30, senders: 'random' }, seed, ASSERTED_LATENCY);
        series.push({ name: `seed ${seed}`, rounds });
        yield series.length / seeds.length;
      }
      const perSeed = (of: (round: Round) => number): number[] => series.map(({ rounds }) => mean(rounds.map(of)));
      return {
        name,
        title,
        setup: [setupLine(ASSERTED_LATENCY), `measured: a value per seed over ${seeds.length} seeds`],
        comparisons: [
          compare(
            'deliveries missed per round',
            exactly(0),
            perSeed(({ missed }) => missed),
          ),
          compare(
            'mean LDH',
            below(18),
            perSeed(({ ldh }) => ldh),
          ),
          compare(
            'mean RMR',
            below(1),
            perSeed(({ rmr }) => rmr),
          ),
        ],
        tables: [],
        series,
      };
    },
  };
}

function setupLine(latency: Latency): string {
  const us = BOOTSTRAP_LATENCIES * longestLatencyUs(latency);
  return `all join peer 0 at once, ${us / 1e6} s pass; latency ${describeLatency(latency)}, static per link`;
}

function summaryTable(series: readonly RoundSeries[]): FigureTable {
  const rows = series.map(({ name, rounds }) => {
    const [rmr, ldh, ms] = [
      distributionOf(rounds.map((round) => round.rmr)),
      distributionOf(rounds.map((round) => round.ldh)),
      distributionOf(rounds.map((round) => round.durationUs / 1000)),
    ];
    const missed = rounds.reduce((sum, round) => sum + round.missed, 0);
    const seed = name.replace('seed ', '');
    return [seed, rmr.mean, rmr.max, ldh.mean, ldh.max, missed, ms.mean, ms.max];
  });
  const head = ['seed', 'RMR mean', 'RMR max', 'LDH mean', 'LDH max', 'missed', 'ms mean', 'ms max'];
  return { title: 'over rounds, per seed', head, rows };
}
