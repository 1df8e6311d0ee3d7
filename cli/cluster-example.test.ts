import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { quicksoak } from './quicksoak.test.fixture.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/cluster', import.meta.url));

// What the judgement is depends on how fast processes start here, so that the test says only that there is one.
test('the logs of the example cluster and of its script are judged together', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'quicksoak-'));
  cpSync(EXAMPLE, cwd, { recursive: true });
  const actions = [
    { atUs: 60_000_000, kind: 'respawn', peer: 1, fresh: 3 },
    { atUs: 70_000_000, kind: 'black-hole', peer: 0, on: true },
    { atUs: 74_000_000, kind: 'black-hole', peer: 0, on: false },
  ];
  const churn = { model: 'swarm', seed: '7', nodes: 3, for: '90s', plan: { version: 1, actions } };
  writeFileSync(join(cwd, 'churn.json'), JSON.stringify(churn));
  const written = await quicksoak(['export-plan', 'churn.json', '--map', 'mapping.json', '--out', 'churn.sh'], { cwd });
  t.is(written.code, 0, written.stderr);
  const child = spawn('sh', ['churn.sh'], { cwd, stdio: 'ignore' });
  const status = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  t.is(status, 0);
  const logs = readdirSync(join(cwd, 'cluster-run')).filter((name) => name.endsWith('.jsonl'));
  t.deepEqual(logs.toSorted(), ['churn.jsonl', 'p0.jsonl', 'p1.jsonl', 'p2.jsonl', 'p3.jsonl']);
  const words = [
    'check',
    '--calm',
    '1s',
    '--settle',
    '800ms',
    '--json',
    ...logs.map((name) => join('cluster-run', name)),
  ];
  const { code, stdout, stderr } = await quicksoak(words, { cwd });
  // Without a verdict there would be no report; where processes start slowly there is no calm either, which is 2.
  t.true(code <= 2, stderr);
  const { properties } = JSON.parse(stdout) as { properties: { name: string; judged: boolean }[] };
  t.true(properties.find(({ name }) => name === 'ledger-balanced')?.judged);
  rmSync(cwd, { recursive: true });
});
