// The example `examples/check-tokio`: a tokio program's log through a mapping, with the leak in it and without.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import type { CheckReport } from './commands/check.ts';
import { quicksoak } from './quicksoak.test.fixture.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/check-tokio/', import.meta.url));
const MAPPING = ['check', '--map', join(EXAMPLE, 'mapping.json'), '--json'] as const;

async function made(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-tokio-'));
  await promisify(execFile)(process.execPath, [join(EXAMPLE, 'make-log.js'), folder, version]);
  return folder;
}

test.serial('the sample is what its script makes, and its leak is found by site, path and time', async (t) => {
  const folder = await made('leaky');
  const nodes = await readFile(join(folder, 'nodes.jsonl'), 'utf8');
  t.is(gunzipSync(await readFile(join(EXAMPLE, 'nodes.jsonl.gz'))).toString(), nodes);
  t.is(await readFile(join(EXAMPLE, 'churn.jsonl'), 'utf8'), await readFile(join(folder, 'churn.jsonl'), 'utf8'));
  await rm(folder, { recursive: true });

  const { code, stdout, stderr } = await quicksoak([...MAPPING, 'churn.jsonl', 'nodes.jsonl.gz'], { cwd: EXAMPLE });
  t.is(code, 1, stderr);
  const report = JSON.parse(stdout) as CheckReport;
  const broken = report.properties.filter(({ ok }) => !ok);
  t.deepEqual(
    broken.map(({ name, evidence }) => [name, evidence[0]?.subject]),
    [
      ['residue-bounded', 'gossip.peers'],
      ['collections-plateau', 'gossip.peers'],
      ['tasks-finish', 'task gossip.connection_loop'],
    ],
  );
  t.deepEqual(report.notes, []);
  // The first is killed at 2 min 20 s, and has had its 50 s to be forgotten by then.
  t.is(broken[2]?.firstBrokenUs, 190_000_000);
});

test.serial('without the leak every property holds', async (t) => {
  const folder = await made('fixed');
  const { code, stdout } = await quicksoak([...MAPPING, 'churn.jsonl', 'nodes.jsonl'], { cwd: folder });
  await rm(folder, { recursive: true });
  t.is(code, 0);
  t.true((JSON.parse(stdout) as CheckReport).properties.filter(({ judged }) => judged).length > 5);
});
