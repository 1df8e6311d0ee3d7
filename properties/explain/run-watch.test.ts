import test from 'ava';
import { householdSoak } from '../soak/household.test.fixture.ts';
import { runSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Soak } from '../soak/scenario.ts';
import { STACK_CASES } from '../corpus/stack.ts';
import type { Leak } from './leak.ts';
import { RunWatch } from './run-watch.ts';

const plan = {
  version: 1,
  actions: [
    { atUs: 70_000_000, kind: 'kill', peer: 3 },
    { atUs: 80_000_000, kind: 'restart', peer: 2, downUs: 1_000_000 },
    { atUs: 90_000_000, kind: 'stop', peer: 4 },
  ],
};
const mesh = STACK_CASES.find(({ defect }) => defect === 'gossip-send-arm-disabled')!.scenario;
const SOAKS: readonly (readonly [name: string, soak: Soak, leak: Leak | undefined])[] = [
  ['household', householdSoak({ plan, for: '3m' }, 'reader-stays'), undefined],
  [
    'swarm',
    resolveScenario(parseScenario({ nodes: 8, seed: '1', plan, for: '3m', network: { jitterUs: 5_000 } }, 'test')),
    { kind: 'mention', path: 'peerTopics[key]', owner: 0, life: 1, subject: 3, bornUs: 70_000_000, fault: 'residue' },
  ],
  [
    'mesh',
    resolveScenario(
      parseScenario({ ...mesh, seed: '1', plan, for: '2m', defects: ['gossip-send-arm-disabled'] }, 'test'),
    ),
    { kind: 'mention', path: 'gossip.peers[key]', owner: 0, life: 1, subject: 3, bornUs: 70_000_000, fault: 'residue' },
  ],
];

for (const [name, soak, leak] of SOAKS) {
  test(`a run of ${name} has the same digest when it is watched`, (t) => {
    const { digest, eventCount } = runSoak(soak, { observe: false });
    const watch = new RunWatch(soak, leak);
    const { simulation } = watch.started;
    simulation.run({ untilUs: soak.endUs / 2 });
    t.true([...watch.left()].length > 0);
    simulation.run({ untilUs: soak.endUs });
    watch.isLeft();
    t.is(simulation.digest.hex, digest);
    t.is(simulation.eventCount, eventCount);
    if (leak !== undefined) t.true(watch.facts.all().length > 5);
  });
}
