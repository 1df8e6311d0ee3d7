import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { drive } from './hosted-world.test.fixture.ts';
import { wholeLibp2p } from './libp2p.ts';

const PROCESS = fileURLToPath(new URL('./libp2p-process.test.fixture.js', import.meta.url));
const run = promisify(execFile);

const libp2p = wholeLibp2p();

interface Exposed {
  readonly node: {
    readonly peerId: { toString(): string };
    readonly services: { readonly pubsub: { readonly peers: Map<string, unknown> } };
    getConnections(): unknown[];
  };
}

test('whole libp2p over TCP connects, delivers and outlives kills, alike in two processes and by either drain', async (t) => {
  const results = await Promise.all(
    [
      ['a', 'tick'],
      ['a', 'immediate'],
      ['b', 'tick'],
    ].map(async (args) => (await run(process.execPath, [PROCESS, ...args])).stdout),
  );
  const [first, second, other] = results as [string, string, string];
  t.is(first, second);
  const { digest, delivered, evidence } = JSON.parse(first) as { digest: string; delivered: number; evidence: unknown };
  t.is(delivered, 16);
  t.deepEqual(evidence, []);
  t.not((JSON.parse(other) as { digest: string }).digest, digest);
});

const AGES_MS = [5000, 6000, 7000, 8000, 9000, 10_000];

/** How many of six peers gossipsub of node 0 still has, and node 0 a connection to, a minute after each was killed. */
async function keptAfterKills(maxPeerAgeMs: number): Promise<{ inGossipsub: number; connections: number }> {
  const killed: string[] = [];
  let kept = 0;
  let connections = 0;
  const config = { maxPeerAgeMs, heartbeatMs: 5000 };
  await drive(libp2p, { nodes: 1, config }, async ({ world, at, node, start, run: runTo }) => {
    let atMs = 5000;
    for (const [place, ageMs] of AGES_MS.entries()) {
      const index = place + 1;
      at(atMs, () => start(index));
      atMs += ageMs;
      at(atMs, () => {
        killed.push(String((node(index).expose() as unknown as Exposed).node.peerId));
        world.kill(node(index));
      });
    }
    await runTo(atMs + 60_000);
    const { node: survivor } = node(0).expose() as unknown as Exposed;
    kept = killed.filter((peer) => survivor.services.pubsub.peers.has(peer)).length;
    connections = survivor.getConnections().length;
  });
  return { inGossipsub: kept, connections };
}

test('gossipsub keeps peers whose entry in the peer store expired before their connection ended', async (t) => {
  t.deepEqual(await keptAfterKills(3_600_000), { inGossipsub: 0, connections: 0 });
  const { inGossipsub, connections } = await keptAfterKills(5000);
  t.true(inGossipsub > 0, String(inGossipsub));
  t.is(connections, 0);
});
