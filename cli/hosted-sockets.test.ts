import type { Socket } from 'node:dgram';
import test from 'ava';
import { bittorrentDht } from '../host/sockets/bittorrent-dht.ts';
import type { DhtConfig } from '../host/sockets/bittorrent-dht.ts';
import { defineHostedSockets } from '../host/sockets/define-hosted-sockets.ts';
import type { Model } from '../models/model.ts';
import { catalogueWith, judgeSoakAsync, parseScenario, resolveScenario } from '../properties/index.ts';
import type { SoakResult } from '../properties/index.ts';

const dht = bittorrentDht();

function judge(model: Model, scenario: object, twice = false): Promise<SoakResult> {
  const catalogue = catalogueWith({ models: [model] });
  const soak = resolveScenario(parseScenario({ ...scenario, model: model.name }, 'test'), 'test', catalogue);
  return judgeSoakAsync(soak, { twice });
}

function brokenBy({ verdicts }: SoakResult): string[] {
  return verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
}

function judgeDht(config: Partial<DhtConfig>, twice = false): Promise<SoakResult> {
  const profile = { name: 'kill-respawn', params: { waves: 3 } };
  return judge(dht, { nodes: 8, seed: 'dht', profile, config: { everyMs: 30_000, ...config } }, twice);
}

test.serial('bittorrent-dht keeps every peer that announced itself, by default for ever', async (t) => {
  const result = await judgeDht({});
  t.deepEqual(brokenBy(result), ['residue-bounded', 'collections-plateau']);
  const { evidence } = result.verdicts.find(({ name }) => name === 'residue-bounded')!;
  t.true(evidence.length > 0);
  for (const { subject } of evidence) t.regex(subject, /^dht\._peers\._fresh\.records/);
});

test.serial('bittorrent-dht that lets announcements expire holds every property, the same twice', async (t) => {
  const result = await judgeDht({ maxAgeMs: 120_000 }, true);
  t.deepEqual(brokenBy(result), []);
  const judged = result.verdicts.filter(({ judged: isJudged }) => isJudged).map(({ name }) => name);
  for (const name of ['residue-bounded', 'collections-plateau', 'ledger-balanced', 'no-wedge', 'deterministic']) {
    t.true(judged.includes(name), name);
  }
});

test.serial('a socket that a package leaves open when it stops is a leak', async (t) => {
  const model = (closes: boolean): Model =>
    defineHostedSockets({
      name: closes ? 'closer' : 'forgetter',
      summary: 'binds a port',
      longestTimerUs: 1_000_000,
      load: () => import('node:dgram'),
      boot: (_node, { createSocket }) => ({ socket: createSocket('udp4').bind(7) }),
      stop: ({ socket }: { socket: Socket }) => {
        if (closes) socket.close();
      },
    });
  const scenario = { nodes: 4, seed: 'stop', profile: { name: 'graceful', params: { waves: 1 } } };
  t.deepEqual(brokenBy(await judge(model(true), scenario)), []);
  t.deepEqual(brokenBy(await judge(model(false), scenario)), ['ledger-balanced']);
});
