// Every mistake of a user is one sentence, exit code 2, and leaves nothing behind.
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { assertMistakes } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';

const NAMES: readonly Mistake[] = [
  [['sok'], 'unknown command "sok"', 'did you mean "soak"', 'tour'],
  [['--verion'], 'unknown flag "--verion"', 'did you mean "--version"'],
  [['soak', '--sed', '5'], 'unknown flag "--sed"', 'did you mean "--seed"', '--defect'],
  [['soak', '--json=5'], '--json', 'expected no value'],
  [['soak', '--nodes'], '--nodes', 'expected a value'],
  [['soak', 'a', 'b'], 'too many arguments'],
  [['soak', 'swram'], 'unknown scenario "swram"', 'did you mean "swarm"', 'Known: swarm'],
  [['soak', ''], 'unknown scenario ""'],
  [['soak', '--defect', 'peer-topic-not-pruned'], '--defect', 'did you mean "peer-topics-not-pruned"'],
  [['soak', '--property', 'join-bounded'], '--property', 'did you mean "joins-bounded"', 'residue-bounded'],
  [['soak', '--profile', 'kill-respwan'], '--profile', 'did you mean "kill-respawn"', 'mass-failure'],
  [['soak', '--set', 'rates=1'], '--set', 'unknown parameter "rates"', 'ratePerSecond'],
  [['soak', '--set', 'rate'], '--set', '"rate"'],
  [['soak', '--config', 'nonsense.key=1'], 'nonsense', 'not known'],
  [['inspect'], 'neither --peer nor --at', '--peer 3 --at 12m30s'],
  [['inspect', '--peer', '3'], 'no --at', '--at 12m30s'],
  [['inspect', '--at', '5m'], 'no --peer', '--peer 3'],
  [['list', 'defcts'], 'unknown section "defcts"', 'did you mean "defects"'],
];

const NUMBERS: readonly Mistake[] = [
  [['soak', '--nodes', '-5'], '--nodes', '"-5"', '100000'],
  [['soak', '--nodes', '1e9'], '--nodes', '"1e9"'],
  [['soak', '--nodes', '99999999999'], '--nodes', 'between 2 and 100000'],
  [['soak', '--nodes', ''], '--nodes', '""'],
  [['soak', '--seed', 'x'.repeat(1001)], '--seed', '1001', 'at most 1000'],
  [['soak', '--for', '-5m'], '--for', '"-5m"', 'not negative'],
  [['soak', '--for', '5'], '--for', 'no unit'],
  [['soak', '--for', '99999d'], '--for', 'ten years'],
  [['soak', '--for', '1s'], '1s is too short', 'needs at least'],
  [['soak', '--max-events', '0'], '--max-events', '"0"'],
  [['soak', '--max-wall', '0s'], '--max-wall', 'more than zero'],
  [['soak', '--set', 'rate=-1'], 'ratePerSecond', '-1'],
  [['soak', '--set', 'waves=1000000000'], 'waves', '1000000000'],
];

const FILES: Readonly<Record<string, string>> = {
  'malformed.json': '{\n  "nodes": 5,\n}\n',
  'list.json': '[1, 2]',
  'unknown-key.json': '{"node": 5}',
  'negative.json': '{"nodes": -5}',
  'defect.json': '{"defects": ["peer-topic-not-pruned"]}',
  'property.json': '{"properties": ["residu-bounded"]}',
  'model.json': '{"model": "swrm"}',
  'for.json': '{"for": "soon"}',
  'params.json': '{"profile": {"name": "restart", "params": {"rate": 5}}}',
  'no-plan.json': '{"plan": "absent.json"}',
  'plan.json': '{"version": 1, "actions": [{"atUs": -1, "kind": "kill", "peer": 3}]}',
  'plan-version.json': '{"version": 2, "actions": []}',
  'stranger.json': '{"version": 1, "actions": [{"atUs": 60000000, "kind": "kill", "peer": 77}]}',
  'late.json': '{"version": 1, "actions": [{"atUs": 60000000, "kind": "kill", "peer": 3}]}',
  'overlap.avt': 'n1 2 0 100 50 200\n',
  'reversed.avt': 'n1 1 0 10\nn2 1 100 50\n',
  'counts.avt': 'n1 2 0 10\n',
  'empty.avt': '',
  'deep.json': `{"config": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  'binary.json': '\u0000\u0001\u0002',
};

const FILE_CASES: readonly Mistake[] = [
  [['soak', 'absent.json'], 'absent.json', 'no such file'],
  [['soak', '.'], '.', 'directory'],
  [['soak', './'], 'directory'],
  [['soak', 'malformed.json'], 'malformed.json:3:1', '"}"'],
  [['soak', 'list.json'], 'list.json', 'an object'],
  [['soak', 'unknown-key.json'], 'unknown-key.json: node'],
  [['soak', 'negative.json'], 'negative.json: nodes', '-5'],
  [['soak', 'defect.json'], 'defect.json', 'did you mean "peer-topics-not-pruned"'],
  [['soak', 'property.json'], 'did you mean "residue-bounded"'],
  [['soak', 'model.json'], 'model.json', 'did you mean "swarm"'],
  [['soak', 'for.json'], 'for.json: for', '"soon"'],
  [['soak', 'params.json'], 'params.json', 'rate'],
  [['soak', 'no-plan.json'], 'absent.json', 'no such file'],
  [['soak', 'deep.json'], 'deep.json', '100 deep'],
  [['soak', 'binary.json'], 'binary.json', 'zero byte'],
  [['soak', 'latin.json'], 'latin.json', 'UTF-8'],
  [['soak', 'oversized.json'], 'oversized.json', '16 MiB'],
  [['soak', '--plan', 'plan.json'], 'plan.json: actions[0].atUs', '-1'],
  [['soak', '--plan', 'plan-version.json'], 'plan-version.json: version', '2'],
  [['soak', '--plan', 'stranger.json'], 'stranger.json: actions[0].peer', '77', '0 to 19'],
  [['soak', '--plan', 'malformed.json'], 'malformed.json:3:1'],
  [['soak', '--plan', 'late.json', '--for', '10s'], 'for', '10s', '1m'],
  [['soak', '--plan', 'late.json', '--profile', 'none'], '--plan', '--profile'],
  [['soak', '--trace', 'overlap.avt'], 'overlap.avt: line 1', '50 to 200'],
  [['soak', '--trace', 'reversed.avt'], 'reversed.avt: line 2', '100 to 50'],
  [['soak', '--trace', 'counts.avt'], 'counts.avt: line 1'],
  [['soak', '--trace', 'empty.avt'], 'empty.avt'],
  [['soak', '--trace', 'oversized.avt'], 'oversized.avt', '64 MiB'],
  [['soak', '--trace', 'absent.avt'], 'absent.avt', 'no such file'],
  [['soak', '--trace', 'reversed.avt', '--profile', 'none'], '--trace', '--profile none'],
  [['soak', '--profile', 'trace'], '--trace'],
  [['soak', '--out', '.'], '--out', 'directory'],
  [['soak', '--out', 'absent/out.json'], '--out', 'no such file'],
  [['soak', '--out', ''], '--out', 'empty'],
  [['soak', '--out', 'malformed.json/out.json'], '--out', 'not a directory'],
  // What is wrong with the scenario is found when the result's place is taken already.
  [['soak', 'for.json', '--out', 'result.json'], 'for.json'],
];

test.serial('unknown names are told with the known ones and the nearest', async (t) => {
  await assertMistakes(t, NAMES);
});

test.serial('negative and absurd sizes and durations are refused', async (t) => {
  await assertMistakes(t, NUMBERS);
});

test.serial('bad files are refused with their place, and nothing is left behind', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(cwd, name), text);
    await writeFile(join(cwd, 'latin.json'), Buffer.from('{"name": "caf\u00e9"}', 'latin1'));
    await makeSparse(join(cwd, 'oversized.json'), 17 * 1024 * 1024);
    await makeSparse(join(cwd, 'oversized.avt'), 65 * 1024 * 1024);
    const before = (await readdir(cwd)).toSorted();
    await assertMistakes(t, FILE_CASES, { cwd });
    t.deepEqual((await readdir(cwd)).toSorted(), before);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

async function makeSparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
}
