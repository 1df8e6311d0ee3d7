import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { resolve } from 'import-meta-resolve';
import { findInstalled } from '../libp2p/installed-package.ts';

/** Of the compiled test; scripts are not compiled. */
const FINDINGS = fileURLToPath(new URL('../../../host/findings/', import.meta.url));

/** The folder of a package that has a module at `url`. */
function folderOf(url: string): string {
  let folder = path.dirname(fileURLToPath(url));
  while (!existsSync(path.join(folder, 'package.json')) || path.basename(folder) === 'dist')
    folder = path.dirname(folder);
  return folder;
}

/** Runs a finding's script where nothing but the packages that it names is installed; it ends with 1, as it finds it. */
async function runScript(
  t: ExecutionContext,
  finding: string,
  peers: number,
  names: readonly string[],
): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'quicksoak-repro-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { url } = findInstalled('gossipsub-17')!;
  const packages: [name: string, url: string][] = [['@libp2p/gossipsub', url]];
  for (const name of names) {
    // This one has no entry of its own.
    packages.push([name, resolve(name === '@libp2p/crypto' ? '@libp2p/crypto/keys' : name, url)]);
  }
  for (const [name, at] of packages) {
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(folderOf(at), link, 'dir');
  }
  const script = path.join(folder, 'repro.mjs');
  copyFileSync(path.join(FINDINGS, finding, 'repro.mjs'), script);
  const run = promisify(execFile)(process.execPath, [script, String(peers)]);
  const error = await t.throwsAsync<Error & { code: number; stdout: string }>(run);
  t.is(error.code, 1, String(error));
  return error.stdout.trim().split('\n');
}

const COMMON = ['@libp2p/crypto', '@libp2p/peer-id', '@multiformats/multiaddr'];

test('the script of the score cache shows it by packages from npm alone', async (t) => {
  const lines = await runScript(t, 'gossipsub-score-cache', 200, COMMON);
  t.regex(lines[4]!, /^200 peers gone: connected 0, peerStats 0, peerIPs 0, scoreCache 200, /);
  t.deepEqual(lines.slice(5), ['a day later: scoreCache 200, expected 0', 'after stop(): scoreCache 200, expected 0']);
});

test('the script of the accept whitelist shows it by packages from npm alone', async (t) => {
  const lines = await runScript(t, 'gossipsub-accept-whitelist', 10, [
    ...COMMON,
    '@libp2p/utils',
    'it-length-prefixed',
  ]);
  t.deepEqual(lines, ['10 peers gone: connected 0, acceptFromWhitelist 10, expected 0']);
});
