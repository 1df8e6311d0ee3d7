import { mkdtempSync, readFileSync, symlinkSync, writeFileSync, mkdirSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { quicksoak } from './quicksoak.test.fixture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the guide to host a class is about 40 lines, and runs as it stands in the README', async (t) => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, guide = ''] = /## Host your own class[^]*?```js\n([^]*?)```/.exec(readme) ?? [];
  t.true(guide.split('\n').length <= 45, guide);
  t.is(guide, readFileSync(join(ROOT, 'examples/hosted/hosted.js'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'quicksoak-guide-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/quicksoak'), 'dir');
  copyFileSync(join(ROOT, 'examples/hosted/membership.js'), join(folder, 'membership.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'hosted.js'), guide);
  const run = async (version: number): Promise<{ code: number; broken: string[] }> => {
    const words = ['--use', 'hosted.js', '--config', `version=${version}`, '--nodes', '6', '--seed', '7', '--once'];
    const { code, stdout } = await quicksoak(['host', 'membership', ...words, '--for', '6m', '--json'], {
      cwd: folder,
    });
    const { properties } = JSON.parse(stdout) as { properties: { name: string; ok: boolean }[] };
    return { code, broken: properties.filter(({ ok }) => !ok).map(({ name }) => name) };
  };
  t.deepEqual(await run(1), { code: 1, broken: ['residue-bounded', 'collections-plateau'] });
  t.deepEqual(await run(2), { code: 0, broken: [] });
});
