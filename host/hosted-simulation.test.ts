import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { Population } from './datagram-node.test.fixture.ts';
import type { DatagramNode } from './datagram-node.test.fixture.ts';
import type { Evidence } from './evidence.ts';
import { HostError } from './host-error.ts';
import { HostedSimulation } from './hosted-simulation.ts';
import type { Drain, HostOptions } from './hosted-simulation.ts';

/** Installs a host, and closes it whatever happens. */
async function withHost<Result>(
  use: (host: HostedSimulation, population: Population) => Promise<Result>,
  options: Partial<HostOptions> = {},
): Promise<Result> {
  const host = new HostedSimulation({ seed: 'hosted', ...options });
  host.install();
  try {
    return await use(host, new Population(host));
  } finally {
    host.close();
  }
}

const DRAINS: readonly Drain[] = ['tick', 'immediate'];

function brief({ kind, what, node, atUs, count }: Evidence): string {
  return `${kind} ${what} ${node} ${atUs} ${count}`;
}

test.serial('each event is drained before the next: ticks, microtasks, and what they start', async (t) => {
  for (const drain of DRAINS) {
    const told: string[] = [];
    await withHost(
      async (host, population) => {
        const boot = (name: string) => async (): Promise<void> => {
          told.push(`${name} runs`);
          process.nextTick(() => void Promise.resolve().then(() => told.push(`${name} microtask of a tick`)));
          queueMicrotask(() => process.nextTick(() => told.push(`${name} tick of a microtask`)));
          for (let n = 0; n < 50; n++) await Promise.resolve();
          told.push(`${name} awaited`);
        };
        population.start(0, boot('a'));
        population.start(1, boot('b'));
        await host.run(1_000_000);
      },
      { drain },
    );
    t.is(told.length, 8);
    t.true(told.slice(0, 4).every((text) => text.startsWith('a')));
    t.deepEqual(
      told.slice(4).map((text) => text.slice(1)),
      told.slice(0, 4).map((text) => text.slice(1)),
      drain,
    );
  }
});

test.serial('timers and draws belong to the node whose event it is, however deep its promises are', async (t) => {
  const owners: string[] = [];
  const drawn = new Map<number, number[]>();
  const nodes = [0, 1, 2];
  const host = await withHost(
    async (host, population) => {
      for (const index of nodes) {
        population.start(index, async () => {
          const values: number[] = [];
          drawn.set(index, values);
          for (let n = 0; n < 5; n++) {
            await pause(Math.floor(Math.random() * 50));
            owners.push(`${index} ${String(host.owner?.peer)}`);
            values.push(Math.random());
          }
        });
      }
      await host.run(10_000_000);
      return host;
    },
    { verifyOwners: true },
  );
  t.is(owners.length, 15);
  t.true(owners.every((text) => /^(\d) p\1$/.test(text)));
  t.is(host.evidence.count('strayed'), 0);
  // A node draws the same whether it is alone or not.
  await withHost(async (alone, population) => {
    const values: number[] = [];
    population.start(1, async () => {
      for (let n = 0; n < 5; n++) {
        await pause(Math.floor(Math.random() * 50));
        values.push(Math.random());
      }
    });
    await alone.run(10_000_000);
    t.deepEqual(values, drawn.get(1));
  });
});

test.serial('an effect between nodes that is no event is found when asynchronous contexts are followed', async (t) => {
  const run = (verifyOwners: boolean): Promise<Evidence[]> =>
    withHost(
      async (host, population) => {
        let wake: (() => void) | undefined;
        population.start(0, async () => {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          setTimeout(() => {}, 1);
        });
        population.start(1, () => setTimeout(() => wake!(), 100));
        await host.run(1_000_000);
        return host.evidence.list();
      },
      { verifyOwners },
    );
  t.deepEqual(await run(false), []);
  t.deepEqual((await run(true)).map(brief), ["strayed a timer by another node in a node's event p1 100000 1"]);
});

test.serial('a killed node never goes on: timers, messages, promises; its next life is another', async (t) => {
  for (const drain of DRAINS) {
    const told: string[] = [];
    const boot = (life: string) => async (node: DatagramNode) => {
      node.channel.onMessage = (_from, message) => told.push(`${life} hears ${String(message)}`);
      setInterval(() => told.push(`${life} ticks`), 300);
      await pause(1000);
      told.push(`${life} awaited`);
    };
    await withHost(
      async (host, population) => {
        const { simulation } = host;
        const node = population.start(0, boot('first'));
        const other = population.start(1, () => undefined);
        simulation.at(690_000, () => other.perform('send', () => other.channel.send(0, 'late')));
        simulation.at(700_000, () => {
          node.end('killed');
          population.start(0, boot('second'));
        });
        await host.run(1_800_000);
        t.deepEqual(host.evidence.list(), []);
      },
      { drain },
    );
    t.deepEqual(told, ['first ticks', 'first ticks', 'second ticks', 'second ticks', 'second ticks', 'second awaited']);
  }
});

test.serial('a timer that is asked for after its node ended is ignored and recorded', async (t) => {
  await withHost(async (host, population) => {
    population.start(0, async (node) => {
      await pause(10);
      node.end('killed');
      setTimeout(() => t.fail(), 1);
      await pause(10);
      t.fail();
    });
    await host.run(1_000_000);
    t.deepEqual(host.evidence.list().map(brief), ['leftover timer.timeout p0 10000 2']);
  });
});

test.serial('whatever nobody catches is recorded with node, time and stack, and the run goes on', async (t) => {
  const digests = new Set<string>();
  for (const drain of DRAINS) {
    await withHost(
      async (host, population) => {
        population.start(0, () => {
          setTimeout(function inTimer() {
            throw new TypeError('in a timer');
          }, 10);
          setTimeout(() => {
            process.nextTick(() => {
              throw new Error('in a tick');
            });
            process.nextTick(() => setTimeout(() => {}, 5));
          }, 20);
          setTimeout(() => {
            queueMicrotask(() => {
              throw new Error('in a microtask');
            });
          }, 30);
          setTimeout(() => void Promise.reject(new Error('rejected')), 40);
          setTimeout(() => {
            const target = new EventTarget();
            target.addEventListener('x', () => {
              throw new Error('in a listener');
            });
            target.dispatchEvent(new Event('x'));
          }, 50);
          setInterval(() => {
            // oxlint-disable-next-line typescript/only-throw-error -- a target may throw anything
            throw 'text';
          }, 100);
          throw new RangeError('at the start');
        });
        population.start(1, () => Promise.reject(new Error('performed')));
        population.start(2, (node) => {
          node.channel.onMessage = () => {
            throw new Error('on a message');
          };
          node.host.simulation.post(node, 60_000, 0, { from: 1, message: '' });
        });
        t.is(await host.run(1_000_000), 'reached');
        const evidence = host.evidence.list();
        t.deepEqual(evidence.map(brief), [
          'thrown RangeError: at the start p0 0 1',
          'rejected Error: performed p1 0 1',
          'thrown TypeError: in a timer p0 10000 1',
          'thrown Error: in a tick p0 20000 1',
          'thrown Error: in a microtask p0 30000 1',
          'rejected Error: rejected p0 40000 1',
          'thrown Error: in a listener p0 50000 1',
          'thrown Error: on a message p2 60000 1',
          'thrown string text p0 100000 10',
        ]);
        t.regex(evidence[2]!.stack, /^ +at .*inTimer .*hosted-simulation\.test/);
        digests.add(host.simulation.digest.hex);
      },
      { drain },
    );
  }
  t.is(digests.size, 1);
});

test.serial('what never settles is told when the run ends', async (t) => {
  await withHost(async (host, population) => {
    population.start(3, () => new Promise(() => {}));
    const node = population.start(4, () => pause(10));
    host.simulation.at(500_000, () => node.perform('stop', () => new Promise(() => {})));
    population.start(5, () => new Promise(() => {})).end('killed');
    await host.run(1_000_000);
    t.deepEqual(host.evidence.list().map(brief), ['unsettled start of p3 p3 0 1', 'unsettled stop of p4 p4 500000 1']);
  });
});

test.serial('a call to end the process ends the run, and not the process', async (t) => {
  const { exitCode } = process;
  for (const drain of DRAINS) {
    await withHost(
      async (host, population) => {
        population.start(0, () => {
          setTimeout(() => {
            process.exitCode = 9;
            // oxlint-disable-next-line unicorn/no-process-exit -- a target may call it
            process.exit(7);
          }, 300);
          setTimeout(() => t.fail(), 301);
        });
        t.is(await host.run(1_000_000), 'exit-called');
        t.is(host.simulation.nowUs, 300_000);
        const [evidence, ...others] = host.evidence.list();
        t.like(evidence, { kind: 'exit', what: 'process.exit(7)', node: 'p0', atUs: 300_000 });
        t.regex(evidence!.stack, /hosted-simulation\.test/);
        t.deepEqual(others, []);
      },
      { drain },
    );
  }
  t.is(process.exitCode, exitCode);
});

test.serial('an event that waits for its clock to move is ended and told', async (t) => {
  await withHost(async (host, population) => {
    population.start(0, () => {
      const untilMs = Date.now() + 100;
      while (Date.now() < untilMs);
    });
    t.is(await host.run(1_000_000), 'reached');
    const [evidence] = host.evidence.list();
    t.like(evidence, { kind: 'refused', node: 'p0', count: 1 });
    t.regex(evidence!.what, /^clock read/);
  });
});

test.serial('a loop of immediates gets on in time', async (t) => {
  await withHost(async (host, population) => {
    let turns = 0;
    population.start(0, () => {
      const untilMs = Date.now() + 2;
      const turn = (): void => {
        turns++;
        if (Date.now() < untilMs) setImmediate(turn);
      };
      turn();
    });
    await host.run(10_000);
    t.is(turns, 2001);
  });
});

test.serial('a budget ends a run, and a later run goes on from there', async (t) => {
  const ticks: number[] = [];
  const run = (drain: Drain, budget: { expired?: () => boolean }): Promise<string> =>
    withHost(
      async (host, population) => {
        population.start(0, () => setInterval(() => ticks.push(Date.now()), 1));
        const outcomes = [await host.run(3_000_000, budget), await host.run(4_000_000)];
        return `${outcomes.join()} ${host.simulation.nowUs} ${host.simulation.digest.hex}`;
      },
      { drain },
    );
  const expired = { expired: () => true };
  const all = await run('tick', {});
  t.regex(all, /^reached,reached 4000000/);
  t.is(ticks.length, 4000);
  t.is((await run('tick', expired)).replace('expired', 'reached'), all);
  t.is((await run('immediate', expired)).replace('expired', 'reached'), all);
});

test.serial('somebody else may run the simulation when ticks are drained, and only then', async (t) => {
  const real = setImmediate;
  const turn = <Result>(action: () => Result): Promise<Result> =>
    new Promise((resolve) => {
      real(() => resolve(action()));
    });
  const told: string[] = [];
  const boot = (name: string) => async () => {
    await pause(5);
    told.push(name);
    await pause(5);
    told.push(name);
  };
  await withHost(
    async (host, population) => {
      population.start(0, boot('a'));
      population.start(1, boot('b'));
      await turn(() => host.simulation.run({ untilUs: 20_000 }));
      t.deepEqual(told, ['a', 'b', 'a', 'b']);
    },
    { drain: 'tick' },
  );
  await withHost(
    async (host, population) => {
      population.start(0, () => undefined);
      const error = await turn(() => t.throws(() => host.simulation.run({ untilUs: 1 }), { instanceOf: HostError }));
      t.like(error, { code: 'not-drained' });
    },
    { drain: 'immediate' },
  );
});

test.serial('a run needs an installed host, and one run at a time', async (t) => {
  const host = new HostedSimulation({ seed: '' });
  t.like(await t.throwsAsync(host.run(1), { instanceOf: HostError }), { code: 'not-installed' });
  await withHost(async (installed) => {
    const run = installed.run(1000);
    t.like(await t.throwsAsync(installed.run(1000), { instanceOf: HostError }), { code: 'run-in-run' });
    t.is(await run, 'reached');
    t.like(await t.throwsAsync(installed.run(10)), { code: 'time-in-past' });
    t.is(await installed.run(2000), 'reached');
  });
});

test.serial('a target that throws while it is imported, or never ends to, is told', async (t) => {
  await withHost(async (host) => {
    const failed = await t.throwsAsync(host.load('data:text/javascript,throw new TypeError("at import")'), {
      instanceOf: HostError,
    });
    t.like(failed, { code: 'import-failed' });
    t.regex(failed.message, /TypeError: at import/);
    t.like(await t.throwsAsync(host.load('node:nothing'), { instanceOf: HostError }), { code: 'import-failed' });
    const late = host.load('data:text/javascript,await new Promise((resolve) => setTimeout(resolve, 1))', 50);
    t.like(await t.throwsAsync(late, { instanceOf: HostError }), { code: 'load-timeout' });
    const target = await host.load('data:text/javascript,export const bornMs = Date.now()');
    t.is(target['bornMs'], host.epochMs);
  });
});

test.serial('a timer of a module that is imported fires in the run, and belongs to no node', async (t) => {
  await withHost(async (host) => {
    const source = 'export const told = []; setInterval(() => told.push(Date.now()), 400)';
    const { told } = await host.load(`data:text/javascript,${source}`);
    await host.run(1_000_000);
    t.deepEqual(told, [host.epochMs + 400, host.epochMs + 800]);
  });
});
