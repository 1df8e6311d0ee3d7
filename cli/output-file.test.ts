import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { InputError } from '../sim/errors.ts';
import { OutputFile } from './output-file.ts';

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a file is written whole, with the mode of the one it replaces', async (t) => {
  await inFolder(async (folder) => {
    const path = join(folder, 'out.json');
    await writeFile(path, 'before');
    await chmod(path, 0o640);
    const out = new OutputFile(path);
    t.is(await readFile(path, 'utf8'), 'before');
    out.write('after');
    t.is(await readFile(path, 'utf8'), 'after');
    t.is((await stat(path)).mode & 0o777, 0o640);
    t.deepEqual(await readdir(folder), ['out.json']);
  });
});

test('a link is followed, not replaced', async (t) => {
  await inFolder(async (folder) => {
    await writeFile(join(folder, 'real.json'), 'before');
    await symlink('real.json', join(folder, 'link.json'));
    new OutputFile(join(folder, 'link.json')).write('after');
    t.is(await readFile(join(folder, 'real.json'), 'utf8'), 'after');
    t.deepEqual((await readdir(folder)).toSorted(), ['link.json', 'real.json']);
  });
});

test('a file that is given up leaves the place as it was', async (t) => {
  await inFolder(async (folder) => {
    new OutputFile(join(folder, 'out.json')).discard();
    t.deepEqual(await readdir(folder), []);
  });
});

test('a place that cannot be written is refused at once', async (t) => {
  await inFolder(async (folder) => {
    for (const path of ['', folder, join(folder, 'none', 'out.json'), join(folder, 'x'.repeat(300))]) {
      t.is(t.throws(() => new OutputFile(path), { instanceOf: InputError })?.code, 'bad-out', path);
    }
    t.deepEqual(await readdir(folder), []);
  });
});

(existsSync('/dev/full') ? test : test.skip)('a full disk is refused when the text is written', (t) => {
  const out = new OutputFile('/dev/full');
  t.is(t.throws(() => out.write('text'), { instanceOf: InputError })?.code, 'bad-out');
  t.true(existsSync('/dev/full'));
});
