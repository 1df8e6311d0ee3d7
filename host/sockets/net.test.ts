import net from 'node:net';
import test from 'ava';
import { heirs, SCRIPTS } from './net-scripts.test.fixture.ts';
import type { Script, Tell } from './net-scripts.test.fixture.ts';
import { withNodes } from './population.test.fixture.ts';

/** What each socket told, in its order. */
type Account = Record<string, string[]>;

function recorder(): { account: Account; tell: Tell } {
  const account: Account = {};
  return { account, tell: (who, what) => (account[who] ??= []).push(what) };
}

function onRealSockets(script: Script): Promise<Account> {
  const { account, tell } = recorder();
  return new Promise((resolve) => {
    script(tell, '127.0.0.1', () => setTimeout(() => resolve(account), 20));
  });
}

async function onVirtualSockets(script: Script): Promise<Account> {
  const { account, tell } = recorder();
  await withNodes(async (population) => {
    population.start(0, () => script(tell, '127.0.0.1', () => tell('script', 'done')));
    await population.run(5000);
    if (account['script'] === undefined)
      account['script'] = ['never done', JSON.stringify(population.host.evidence.list())];
    else delete account['script'];
  });
  return account;
}

for (const [name, script] of Object.entries(SCRIPTS)) {
  test.serial(`virtual sockets tell what real ones do: ${name}`, async (t) => {
    const real = await onRealSockets(script);
    t.true(Object.keys(real).length > 0);
    t.deepEqual(await onVirtualSockets(script), real);
  });
}

test.serial('classes that inherit from net.Socket, by class or in the old way, work', async (t) => {
  await withNodes(async (population) => {
    population.start(0, () => {
      const server = net.createServer((socket) => socket.pipe(socket));
      server.listen(80);
      for (const Heir of heirs()) {
        const socket = new Heir();
        t.true(socket instanceof net.Socket && socket instanceof Heir);
        socket.connect(80, 'localhost', () => socket.end('heir'));
        socket.on('data', (bytes) => population.tell(String(bytes)));
      }
    });
    await population.run(100);
    t.deepEqual(population.told, ['0.081 heir', '0.081 heir']);
    t.deepEqual(population.host.evidence.list(), []);
  });
});
