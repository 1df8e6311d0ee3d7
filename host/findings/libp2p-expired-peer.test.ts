import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

/** Of the compiled test; scripts are not compiled. */
const SCRIPT = fileURLToPath(new URL('../../../host/findings/libp2p-expired-peer/repro.mjs', import.meta.url));
const run = promisify(execFile);

test('the script shows on real sockets that no topology is told of a peer whose entry has expired', async (t) => {
  const [error, told] = await Promise.all([
    t.throwsAsync<Error & { code: number; stdout: string }>(run(process.execPath, [SCRIPT, '1000'])),
    run(process.execPath, [SCRIPT, '3600000']),
  ]);
  t.is(error.code, 1, String(error));
  t.is(error.stdout, 'connections left: 0\ntopology told: 1 connect, 0 disconnect, expected 1 and 1\n');
  t.is(told.stdout, 'connections left: 0\ntopology told: 1 connect, 1 disconnect, expected 1 and 1\n');
});
