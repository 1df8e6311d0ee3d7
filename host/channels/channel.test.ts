import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { networkConfigSchema } from '../../sim/network/config.ts';
import type { Link } from '../../sim/network/link.ts';
import { Network } from '../../sim/network/network.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import { PeerTable } from '../../sim/network/peer-table.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import { HostedNode } from '../hosted-node.ts';
import { ChannelTable, channelLinks } from './channel-table.ts';
import type { Acceptance, ChannelHolder } from './channel-table.ts';
import type { Channel, ChannelEnd } from './channel.ts';

/** A node that takes every channel but `none`, and tells what it hears. */
class Talker extends HostedNode implements ChannelHolder {
  readonly links = new PeerTable<Link>();
  unheard: Link | undefined = undefined;
  readonly channels: ChannelTable;
  readonly taken: Channel[] = [];
  private readonly town: Town;

  constructor(town: Town) {
    super(town.host);
    this.town = town;
    this.channels = new ChannelTable(this, town.links);
  }

  override receive(link: number, message: unknown): void {
    this.town.links.arrive(this, link, message);
  }

  onLinkMessage(from: PeerId, message: unknown): void {
    this.channels.arrive(from, message);
  }

  onLinkClosed(peer: PeerId): void {
    this.channels.linkClosed(peer);
  }

  override end(how: NodeEnd): void {
    this.channels.end(how);
    super.end(how);
  }

  override connections(): Iterable<PeerId> {
    return this.links.keys();
  }

  call(index: number, service = 'chat', greeting = 'hello'): Channel {
    const peer = this.host.simulation.peers.intern(index);
    const user = this.userOf(() => channel);
    const channel: Channel = this.channels.dial(peer, service, user, greeting);
    return channel;
  }

  accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined {
    this.tell(channel, `dialled ${service} ${String(greeting)}`);
    if (service === 'none') return undefined;
    this.taken.push(channel);
    return { greeting: 'welcome', user: this.userOf(() => channel) };
  }

  private userOf(channel: () => Channel) {
    return {
      onOpen: (greeting: unknown) => this.tell(channel(), `open ${String(greeting)}`),
      onMessage: (message: unknown) => this.tell(channel(), String(message)),
      onEnd: (end: ChannelEnd) => this.tell(channel(), end),
    };
  }

  private tell({ peer, id, outbound }: Channel, what: string): void {
    // Nothing of a node is ever told outside an event of its own.
    if (this.host.owner !== this)
      throw new Error(`${what} told to ${this.peer} in an event of ${this.host.owner?.peer}`);
    this.town.told.push(`${this.simulation.nowUs / 1000} ${this.peer}${outbound ? '>' : '<'}${peer}#${id} ${what}`);
  }
}

class Town {
  readonly host: HostedSimulation;
  readonly network: Network;
  readonly links;
  readonly told: string[] = [];

  constructor(host: HostedSimulation, config: Partial<NetworkConfig>) {
    this.host = host;
    const latency = { kind: 'fixed', us: 10_000 };
    this.network = new Network(host.simulation, v.parse(networkConfigSchema, { latency, ...config }));
    this.links = channelLinks(this.network);
  }

  start(index: number): Talker {
    const node = new Talker(this);
    this.host.simulation.attach(node, this.host.simulation.peers.intern(index));
    return node;
  }

  /** What was told since the last time. */
  async until(ms: number): Promise<string[]> {
    await this.host.run(ms * 1000);
    return this.told.splice(0);
  }
}

async function inTown<Result>(
  use: (town: Town) => Promise<Result>,
  config: Partial<NetworkConfig> = {},
): Promise<Result> {
  const host = new HostedSimulation({ seed: 'channels' });
  host.install();
  try {
    return await use(new Town(host, config));
  } finally {
    host.close();
  }
}

test.serial('a channel is dialled, taken, used both ways and closed, one latency apart', async (t) => {
  await inTown(async (town) => {
    const [a, b] = [town.start(0), town.start(1)];
    a.perform('call', () => a.call(1));
    t.deepEqual(await town.until(30), ['10 p1<p0#1 dialled chat hello', '20 p0>p1#1 open welcome']);
    const [channel] = a.channels;
    a.perform('say', () => ['one', 'two'].forEach((message) => channel!.send(message)));
    b.perform('say', () => b.taken[0]!.send('back'));
    t.deepEqual(await town.until(50), ['40 p1<p0#1 one', '40 p1<p0#1 two', '40 p0>p1#1 back']);
    a.perform('close', () => {
      channel!.send('last');
      channel!.close();
      channel!.send('never');
    });
    t.deepEqual(await town.until(1000), ['60 p1<p0#1 last', '60 p1<p0#1 closed']);
    t.deepEqual([[...a.connections()], [...b.connections()], town.links.liveLinkCount], [[], [], 0]);
  });
});

test.serial('two nodes have several channels, each its own', async (t) => {
  await inTown(async (town) => {
    const [a, b] = [town.start(0), town.start(1)];
    a.perform('call', () => [a.call(1), a.call(1)]);
    b.perform('call', () => b.call(0));
    await town.until(100);
    const [first, second] = a.taken.concat([...a.channels]);
    t.is([...a.channels].length, 3);
    t.is([...b.channels].length, 3);
    a.perform('close', () =>
      [...a.channels].filter((channel) => channel.outbound && channel.id === 1)[0]!.close('reset'),
    );
    t.deepEqual(await town.until(200), ['110 p1<p0#1 reset']);
    t.true(first!.state === 'open' || second!.state === 'open');
    t.is([...b.channels].length, 2);
    t.deepEqual([...a.connections()], [b.peer]);
  });
});

test.serial('what nobody takes is refused, and the link goes with it', async (t) => {
  await inTown(async (town) => {
    const [a] = [town.start(0), town.start(1)];
    a.perform('call', () => a.call(1, 'none'));
    t.deepEqual(await town.until(1000), ['10 p1<p0#1 dialled none hello', '20 p0>p1#1 refused']);
    t.is(town.links.liveLinkCount, 0);
  });
});

test.serial('a peer that is down, killed, stopped or reborn is told of as it would be', async (t) => {
  await inTown(async (town) => {
    const a = town.start(0);
    a.perform('call', () => a.call(1));
    t.deepEqual(await town.until(5000), ['1000 p0>p1#1 unreachable']);

    const b = town.start(1);
    const c = town.start(2);
    a.perform('call', () => [a.call(1), a.call(2)]);
    await town.until(6000);
    b.end('killed');
    c.end('stopped');
    // A process that exits resets its connections at once; one that is killed with its machine is given up in time.
    t.deepEqual(await town.until(30_000), ['6010.001 p0>p2#3 lost', '16000 p0>p1#2 lost']);
    t.deepEqual([...a.channels], []);

    const reborn = town.start(1);
    a.perform('call', () => a.call(1));
    t.deepEqual(await town.until(31_000), ['30010 p1<p0#4 dialled chat hello', '30020 p0>p1#4 open welcome']);
    reborn.end('killed');
    town.start(1);
    const [channel] = a.channels;
    a.perform('say', () => channel!.send('to whom'));
    t.deepEqual(await town.until(50_000), ['31020 p0>p1#4 lost']);
  });
});

test.serial('a partition loses a channel on both sides, a hold only delays it', async (t) => {
  await inTown(async (town) => {
    const [a, b] = [town.start(0), town.start(1)];
    const { cuts } = town.network;
    a.perform('call', () => a.call(1));
    await town.until(100);
    const [channel] = a.channels;
    cuts.hold(0, 1);
    a.perform('say', () => channel!.send('held'));
    t.deepEqual(await town.until(60_000), []);
    cuts.release(0, 1);
    town.links.released(0, 1);
    t.deepEqual(await town.until(61_000), ['60010 p1<p0#1 held']);
    cuts.partition('split', [[0], [1]], false);
    town.links.cutBegan(town.host.simulation.running());
    a.perform('say', () => channel!.send('lost'));
    t.deepEqual(await town.until(90_000), ['62000 p0>p1#1 lost', '71000 p1<p0#1 lost']);
    t.is([...a.channels, ...b.channels].length, 0);
    cuts.heal(undefined);
    town.links.cutEnded();
    a.perform('call', () => a.call(1));
    t.is((await town.until(91_000)).length, 2);
  });
});

test.serial('a dial that crosses the close of the last channel is taken all the same', async (t) => {
  await inTown(async (town) => {
    const [a, b] = [town.start(0), town.start(1)];
    a.perform('call', () => a.call(1));
    await town.until(100);
    const [channel] = a.channels;
    a.perform('close', () => channel!.close());
    b.perform('call', () => b.call(0));
    t.deepEqual(await town.until(1000), [
      '110 p1<p0#1 closed',
      '120.001 p0<p1#1 dialled chat hello',
      '130.001 p1>p0#1 open welcome',
    ]);
    t.deepEqual([[...a.connections()], [...b.connections()]], [[b.peer], [a.peer]]);
  });
});

test.serial('messages arrive in order and each once, whatever the network does to them', async (t) => {
  const networks = fc.record({
    jitterUs: fc.integer({ min: 0, max: 80_000 }),
    lossShare: fc.double({ min: 0, max: 0.3, noNaN: true }),
    duplicateShare: fc.double({ min: 0, max: 0.3, noNaN: true }),
    reorderShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    bandwidthBytesPerSecond: fc.option(fc.integer({ min: 5_000, max: 1_000_000 })),
  });
  await fc.assert(
    fc.asyncProperty(networks, async (config) => {
      await inTown(async (town) => {
        const [a] = [town.start(0), town.start(1)];
        a.perform('call', () => a.call(1));
        await town.until(20_000);
        const [channel] = a.channels;
        for (let n = 0; n < 40; n++) {
          town.host.simulation.at(20_000_000 + n * 10_000, () => a.perform('say', () => channel!.send(n, 100)));
        }
        const told = await town.until(200_000);
        t.deepEqual(
          told.map((line) => Number(line.split(' ').at(-1))),
          Array.from({ length: 40 }, (_, n) => n),
        );
      }, config);
    }),
    { seed: 5, numRuns: 25 },
  );
});

test.serial('whatever two nodes do, both end without channels or links once both have closed', async (t) => {
  const steps = fc.array(
    fc.record({ who: fc.nat(1), what: fc.constantFrom('call', 'close', 'say', 'reset'), afterMs: fc.nat(25) }),
    { minLength: 4, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(15_000), async (plan, jitterUs) => {
      await inTown(
        async (town) => {
          const nodes = [town.start(0), town.start(1)] as const;
          let atMs = 0;
          for (const { who, what, afterMs } of plan) {
            atMs += afterMs;
            town.host.simulation.at(atMs * 1000, () => {
              const node = nodes[who]!;
              node.perform(what, () => {
                const [first] = node.channels;
                if (what === 'call') node.call(1 - who);
                else if (what === 'say') first?.send('word');
                else first?.close(what === 'reset' ? 'reset' : 'closed');
              });
            });
          }
          await town.until(60_000);
          // Each side knows of the same channels.
          const names = ([node, flip]: [Talker, boolean]): string[] =>
            Array.from(node.channels, ({ id, outbound, state }) => `${state} ${id} ${outbound !== flip}`).toSorted();
          t.deepEqual(names([nodes[0], false]), names([nodes[1], true]));
          nodes[0].perform('close', () => Array.from(nodes[0].channels, (channel) => channel.close()));
          await town.until(120_000);
          t.deepEqual([...nodes[0].channels, ...nodes[1].channels], []);
          t.is(town.links.liveLinkCount, 0);
          t.deepEqual(town.host.evidence.list(), []);
        },
        { jitterUs },
      );
    }),
    { seed: 7, numRuns: 150 },
  );
});
