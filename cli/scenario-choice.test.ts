// Where a plan that a person wrote enters: it may only speak of peers that there can be.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { InputError } from '../sim/errors.ts';
import { REPRO_VERSION, sealed } from '../properties/repro/file.ts';
import { parseScenario } from '../properties/soak/scenario.ts';
import type { ScenarioFlags } from './options.ts';
import { scenarioFrom } from './scenario-choice.ts';

/** The later action comes first, so that a place in the file is told from one in the order of time. */
const PLAN = {
  version: 1,
  actions: [
    { atUs: 60_000_000, kind: 'partition', groups: [[1], [2, 7]] },
    { atUs: 30_000_000, kind: 'kill', peer: 3 },
  ],
};
const SCENARIO = { nodes: 6, seed: '1', plan: PLAN };
const REPRO = sealed({
  version: REPRO_VERSION,
  tool: 'quicksoak',
  scenario: parseScenario(SCENARIO, 'test'),
  digest: '0'.repeat(16),
  eventCount: 1,
  checkpoints: [],
  verdicts: {},
  causes: [],
});
const FILES = {
  'plan.json': PLAN,
  'inline.json': SCENARIO,
  'by-name.json': { ...SCENARIO, plan: 'plan.json' },
  'recorded.json': REPRO,
  'edited.json': { ...REPRO, eventCount: 2 },
};

test('a plan from a file, a scenario or an edited repro that speaks of a peer there cannot be is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const at = (name: string): string => join(folder, name);
  for (const [name, content] of Object.entries(FILES)) await writeFile(at(name), JSON.stringify(content));
  const refused: readonly (readonly [argument: string, flags: ScenarioFlags, where: string])[] = [
    ['swarm', { plan: at('plan.json'), nodes: 7 }, at('plan.json')],
    [at('inline.json'), {}, `${at('inline.json')}: plan`],
    [at('by-name.json'), {}, `${at('by-name.json')}: plan`],
    [at('edited.json'), {}, `${at('edited.json')}: plan`],
    [at('recorded.json'), { plan: at('plan.json') }, at('plan.json')],
  ];
  for (const [argument, flags, where] of refused) {
    const error = t.throws(() => scenarioFrom(argument, flags), { instanceOf: InputError }, argument);
    t.is(error.code, 'unknown-peer');
    t.true(error.message.startsWith(`${where}: actions[0].groups[1][1]: received 7, expected a peer`), error.message);
  }
  // The nodes of a flag count; what a run wrote, or comes along, is taken as it is; a profile sets the plan aside.
  for (const [argument, flags] of [
    [at('inline.json'), { nodes: 8 }],
    [at('recorded.json'), {}],
    ['app-registry-overwrite', { nodes: 4 }],
    [at('inline.json'), { profile: 'none' }],
  ] as const) {
    t.notThrows(() => scenarioFrom(argument, flags), argument);
  }
  await rm(folder, { recursive: true });
});
