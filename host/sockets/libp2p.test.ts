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

test.serial(
  'whole libp2p over TCP connects, delivers and outlives kills, alike in two processes and by either drain',
  async (t) => {
    const results = await Promise.all(
      [
        ['a', 'tick'],
        ['a', 'immediate'],
        ['b', 'tick'],
      ].map(async (args) => (await run(process.execPath, [PROCESS, ...args])).stdout),
    );
    const [first, second, other] = results as [string, string, string];
    t.is(first, second);
    const { digest, delivered, evidence } = JSON.parse(first) as {
      digest: string;
      delivered: number;
      evidence: unknown;
    };
    t.is(delivered, 16);
    t.deepEqual(evidence, []);
    t.not((JSON.parse(other) as { digest: string }).digest, digest);
  },
);

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

test.serial('gossipsub keeps peers whose entry in the peer store expired before their connection ended', async (t) => {
  t.deepEqual(await keptAfterKills(3_600_000), { inGossipsub: 0, connections: 0 });
  const { inGossipsub, connections } = await keptAfterKills(5000);
  t.true(inGossipsub > 0, String(inGossipsub));
  t.is(connections, 0);
});

test.serial(
  'partition, heal, hold and the kill of a process reach whole libp2p as they would over real TCP',
  async (t) => {
    const told: string[] = [];
    let delivered = 0;
    const config = { kill: 'process' };
    const end = await drive(libp2p, { nodes: 3, config }, async ({ world, simulation, at, node, run: runTo }) => {
      const { cuts } = world.network;
      simulation.observer = { delivered: () => delivered++ };
      const tell = (what: string): void => {
        const exposed = [0, 1, 2].map((index) => simulation.peers.find(index)?.node?.expose() as Exposed | undefined);
        told.push(`${what}: ${exposed.map((shown) => shown?.node.getConnections().length ?? '-').join(' ')}`);
      };
      await runTo(9000);
      tell('joined');
      cuts.partition('', [[0, 2], [1]], false);
      await runTo(45_000);
      tell('cut off');
      cuts.heal(undefined);
      await runTo(60_000);
      tell('healed');
      cuts.hold(1, 0);
      at(61_000, () => world.broadcast(node(1), 'held'));
      await runTo(63_000);
      t.is(delivered, 0);
      cuts.release(1, 0);
      await runTo(64_000);
      t.is(delivered, 2);
      at(65_000, () => world.kill(node(1)));
      await runTo(65_100);
      tell('killed');
    });
    t.deepEqual(told, ['joined: 2 1 1', 'cut off: 1 0 1', 'healed: 2 1 1', 'killed: 1 - 1']);
    t.deepEqual(end.evidence, []);
  },
);
