// What the generic properties find in releases of gossipsub, and what they do not: see host/findings.
import test from 'ava';
import { gossipsubModel } from '../host/libp2p/gossipsub-model.ts';
import { STUDIED_VERSIONS } from '../host/libp2p/release.ts';
import { catalogueWith, judgeSoakAsync, parseScenario, resolveScenario } from '../properties/index.ts';
import type { ScenarioInput } from '../properties/index.ts';

/** Those that say what is left and what is out of order; the others cost a second run, or are about speed. */
const PROPERTIES = [
  'residue-bounded',
  'collections-plateau',
  'no-wedge',
  'views-symmetric',
  'mesh-connected',
  'connections-bounded',
  'ledger-balanced',
  'joins-bounded',
];

const NODES = 4;
const WAVES = 5;
const PEERS_PER_WAVE = 5;

/** What each broken property speaks of. */
async function findings(
  version: string,
  { config, plan }: Pick<ScenarioInput, 'config' | 'plan'>,
): Promise<Record<string, string[]>> {
  const model = gossipsubModel(version);
  const input: ScenarioInput = {
    model: model.name,
    seed: 'findings',
    // The option of the package, so that calms are minutes: the hour that it takes by default has a test of its own.
    config: { retainScoreMs: 1000, ...config },
    workload: { broadcastsPerSecond: 0.2 },
    properties: PROPERTIES,
    nodes: NODES,
    plan,
  };
  const catalogue = catalogueWith({ models: [model] });
  const { verdicts } = await judgeSoakAsync(resolveScenario(parseScenario(input, 'here'), 'here', catalogue));
  const broken = verdicts.filter(({ ok }) => !ok);
  return Object.fromEntries(
    broken.map(({ name, evidence }) => [name, [...new Set(evidence.map(({ subject }) => subject))].toSorted()]),
  );
}

const SCORE_CACHE = ['gossipsub.score.scoreCache', 'gossipsub.score.scoreCache[*]'];

for (const version of STUDIED_VERSIONS) {
  const hasEmptyTopics = version !== '17.1.1';

  test.serial(
    `${version}: scores that were positive are kept for ever, ${hasEmptyTopics ? 'and so are topics that nobody is in' : 'and nothing else is'}`,
    async (t) => {
      t.deepEqual(await findings(version, { plan: waves(replace) }), {
        'residue-bounded': ['gossipsub.score.scoreCache[key]', ...(hasEmptyTopics ? ['gossipsub.topics[key]'] : [])],
        'collections-plateau': [...SCORE_CACHE, ...(hasEmptyTopics ? ['gossipsub.topics'] : [])],
      });
    },
  );

  const losesStreams = version !== '17.1.1';

  test.serial(
    `${version}: a stream that opens after its peer was removed is ${losesStreams ? 'kept for ever' : 'let go with its connection'}`,
    async (t) => {
      const found = await findings(version, { config: { scored: false, ownTopic: false }, plan: waves(flap) });
      const residue = found['residue-bounded'] ?? [];
      t.is(residue.includes('gossipsub.streamsOutbound[key]'), losesStreams, JSON.stringify(found));
      t.is((found['collections-plateau'] ?? []).includes('gossipsub.streamsOutbound'), losesStreams);
    },
  );
}

test.serial(
  'where nothing is scored and no topic is left, only what is kept on purpose is, and all holds',
  async (t) => {
    const plan = waves(replace);
    t.deepEqual(await findings('17.1.1', { config: { scored: false }, plan }), {});
    t.deepEqual(await findings('14.1.2', { config: { scored: false, ownTopic: false }, plan }), {});
  },
);

/** What churn does with the peer of a number, which is fresh. */
type Churn = (atUs: number, peer: number) => object[];

/** The peer before it is killed, and it starts. */
function replace(atUs: number, peer: number): object[] {
  const before = peer === NODES ? NODES - 1 : peer - 1;
  return [
    { atUs, kind: 'kill', peer: before },
    { atUs, kind: 'start', peer },
  ];
}

/** It comes, opens streams that it resets at once, and is killed seconds later. */
function flap(atUs: number, peer: number): object[] {
  return [
    { atUs, kind: 'start', peer },
    { atUs: atUs + 1_000_000, kind: 'act', peer, act: 'flap-streams' },
    { atUs: atUs + 4_000_000, kind: 'kill', peer },
  ];
}

/** Churn in waves, with a calm after each. */
function waves(churn: Churn): unknown {
  const actions: object[] = [];
  for (let wave = 0; wave < WAVES; wave++) {
    for (let place = 0; place < PEERS_PER_WAVE; place++) {
      const atUs = 20_000_000 + wave * 150_000_000 + place * 5_000_000;
      actions.push(...churn(atUs, NODES + wave * PEERS_PER_WAVE + place));
    }
  }
  return { version: 1, actions };
}
