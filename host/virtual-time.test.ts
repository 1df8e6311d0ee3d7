import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import * as cryptoNames from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import timers from 'node:timers';
import timersPromises, { scheduler } from 'node:timers/promises';
import * as timerNames from 'node:timers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Population } from './datagram-node.test.fixture.ts';
import type { DatagramNode } from './datagram-node.test.fixture.ts';
import { HostError } from './host-error.ts';
import { HostedSimulation } from './hosted-simulation.ts';
import type { HostOptions } from './hosted-simulation.ts';

/** Runs `boot` as one node's event, and then ten virtual seconds. */
async function hosted<Result>(
  boot: (node: DatagramNode, host: HostedSimulation) => Result,
  options: Partial<HostOptions> = {},
): Promise<{ result: Awaited<Result>; host: HostedSimulation }> {
  const host = new HostedSimulation({ seed: 'time', ...options });
  host.install();
  let result: unknown;
  try {
    new Population(host).start(0, async (node) => {
      result = await boot(node, host);
    });
    await host.run(10_000_000);
  } finally {
    host.close();
  }
  return { result: result as Awaited<Result>, host };
}

/** Every own property of what a host may touch. */
function platform(): Map<string, PropertyDescriptor> {
  const objects: Record<string, object> = {
    globalThis,
    timers,
    timersPromises,
    process,
    crypto,
    fs,
    net,
    fsPromises: fs.promises,
    scheduler: Object.getPrototypeOf(scheduler) as object,
    webcrypto: Object.getPrototypeOf(crypto.webcrypto) as object,
    subtle: Object.getPrototypeOf(crypto.webcrypto.subtle) as object,
    performance: Object.getPrototypeOf(performance) as object,
    Date: Date.prototype,
    Math,
    AbortSignal,
    Atomics,
    socket: net.Socket.prototype,
  };
  const found = new Map<string, PropertyDescriptor>();
  for (const [name, object] of Object.entries(objects)) {
    for (const key of Reflect.ownKeys(object)) {
      found.set(`${name}.${String(key)}`, Object.getOwnPropertyDescriptor(object, key)!);
    }
  }
  return found;
}

function differences(before: Map<string, PropertyDescriptor>, after: Map<string, PropertyDescriptor>): string[] {
  const fields = ['get', 'set', 'writable', 'enumerable', 'configurable'] as const;
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => {
    const [one, other] = [before.get(key), after.get(key)];
    if (one === undefined || other === undefined) return true;
    if (fields.some((field) => one[field] !== other[field])) return true;
    return typeof one.value === 'function' && one.value !== other.value;
  });
}

test.serial('after a run every property of the platform is what it was, and ES modules see it', async (t) => {
  void [process.stdout, process.stderr];
  const names = { ...timerNames, ...cryptoNames };
  const listeners = ['uncaughtException', 'unhandledRejection'].map((event) => process.rawListeners(event));
  const before = platform();
  let during: string[] = [];
  await hosted(() => {
    during = differences(before, platform());
  });
  t.true(during.length > 100, String(during.length));
  for (const name of ['globalThis.setTimeout', 'globalThis.Date', 'Math.random', 'fs.readFile', 'net.connect']) {
    t.true(during.includes(name), name);
  }
  t.deepEqual(differences(before, platform()), []);
  t.deepEqual(
    ['uncaughtException', 'unhandledRejection'].map((event) => process.rawListeners(event)),
    listeners,
  );
  for (const [name, value] of Object.entries(names)) {
    const now: unknown = Reflect.get({ ...timerNames, ...cryptoNames }, name);
    t.is(now, value, name);
  }
});

test.serial(
  'timers fire in order of time and then of arming, on a clock that stands still within an event',
  async (t) => {
    const told: string[] = [];
    const { result } = await hosted((node) => {
      const bornMs = Date.now();
      const tell = (what: string): void => void told.push(`${Date.now() - bornMs} ${what}`);
      setTimeout(tell, 20, 'later');
      timers.setTimeout(tell, 10, 'first of ten');
      setTimeout(() => tell('second of ten'), 10.9);
      setTimeout(tell, Number.NaN, 'no delay');
      setTimeout(tell, 2 ** 31, 'too long');
      setImmediate(tell, 'immediate');
      process.nextTick(tell, 'tick');
      queueMicrotask(() => tell('microtask'));
      const cleared = setTimeout(tell, 5, 'never');
      clearTimeout(cleared);
      const byNumber = setTimeout(tell, 5, 'never');
      clearTimeout(Number(byNumber));
      const interval = setInterval(() => {
        tell('interval');
        if (told.filter((what) => what.endsWith('interval')).length === 2) clearInterval(interval);
      }, 100);
      const refreshed = setTimeout(tell, 30, 'refreshed');
      setTimeout(() => refreshed.refresh(), 25);
      return [
        cleared.hasRef(),
        refreshed.hasRef(),
        refreshed.unref() === refreshed && refreshed.hasRef(),
        node.slot > 0,
      ];
    });
    t.deepEqual(told, [
      '0 tick',
      '0 microtask',
      '0 immediate',
      '1 no delay',
      '1 too long',
      '10 first of ten',
      '10 second of ten',
      '20 later',
      '55 refreshed',
      '100 interval',
      '200 interval',
    ]);
    t.deepEqual(result, [false, true, false, true]);
  },
);

test.serial('promised timers, promisified ones, scheduler and AbortSignal.timeout are on virtual time', async (t) => {
  const { result, host } = await hosted(async () => {
    const at: number[] = [];
    const note = (): void => void at.push(Math.round(performance.now()) - 1000);
    t.is(await timersPromises.setTimeout(50, 'value'), 'value');
    note();
    await promisify(setTimeout)(50);
    note();
    await scheduler.wait(100);
    note();
    for await (const tick of timersPromises.setInterval(100, 'tick')) {
      t.is(tick, 'tick');
      note();
      if (at.length === 5) break;
    }
    const signal = AbortSignal.timeout(600);
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    note();
    t.is((signal.reason as Error).name, 'TimeoutError');
    const aborted = await timersPromises
      .setTimeout(1000, 0, { signal: AbortSignal.timeout(10) })
      .catch((error: unknown) => error as Error);
    t.is((aborted as Error).name, 'AbortError');
    note();
    return at;
  });
  t.deepEqual(result, [50, 100, 200, 300, 400, 1000, 1010]);
  t.deepEqual(host.evidence.list(), []);
});

test.serial('every clock shows virtual time', async (t) => {
  const epochMs = Date.UTC(2030, 0, 1);
  const { result } = await hosted(
    async () => {
      const began = [process.hrtime(), process.hrtime.bigint(), performance.now()] as const;
      await timersPromises.setTimeout(1500);
      const temporal = (globalThis as { Temporal?: { Now: { instant(): { epochMilliseconds: number } } } }).Temporal;
      return {
        now: Date.now() - epochMs,
        made: new Date().getTime() - epochMs,
        again: new (new Date(0).constructor as DateConstructor)().getTime() - epochMs,
        text: Date(),
        isDate: new Date(5) instanceof Date && new Date(5).getTime() === 5 && Date.length === 7,
        parsed: Date.parse('2030-01-01T00:00:00Z') - epochMs,
        hrtime: process.hrtime(began[0]),
        bigint: process.hrtime.bigint() - began[1],
        performance: performance.now() - began[2],
        origin: performance.timeOrigin + performance.now() - epochMs,
        mark: performance.mark('here').startTime - began[2],
        uptime: process.uptime(),
        temporal: temporal === undefined ? 1500 : temporal.Now.instant().epochMilliseconds - epochMs,
      };
    },
    { epochMs },
  );
  t.deepEqual(result, {
    now: 1500,
    made: 1500,
    again: 1500,
    text: new Date(epochMs + 1500).toString(),
    isDate: true,
    parsed: 0,
    hrtime: [1, 500_000_000],
    bigint: 1_500_000_000n,
    performance: 1500,
    origin: 1500,
    mark: 1500,
    uptime: 2.5,
    temporal: 1500,
  });
});

test.serial('what Node refuses is refused alike', async (t) => {
  const bad: (() => unknown)[] = [
    () => setTimeout('text' as unknown as () => void),
    () => setImmediate(undefined as unknown as () => void),
    () => AbortSignal.timeout(-1),
    () => crypto.randomBytes(-1),
    () => crypto.randomInt(5, 5),
    () => crypto.getRandomValues(new Float64Array(1) as unknown as Uint8Array),
    () => process.hrtime([1] as unknown as [number, number]),
  ];
  const codeOf = (call: () => unknown): unknown => {
    try {
      return call();
    } catch (error) {
      return `${(error as Error).name} ${(error as NodeJS.ErrnoException).code}`;
    }
  };
  const { result } = await hosted(() => bad.map(codeOf));
  t.deepEqual(result, bad.map(codeOf));
  t.true(result.every((text) => typeof text === 'string'));
});

/** One draw of each kind, as text. */
async function draws(): Promise<string[]> {
  const drawn: unknown[] = [
    Math.random(),
    crypto.randomUUID(),
    globalThis.crypto.randomUUID(),
    cryptoNames.randomInt(1e9),
  ];
  drawn.push(crypto.randomBytes(10).toString('hex'), crypto.randomInt(-5, 100_000));
  drawn.push(
    globalThis.crypto.getRandomValues(new Uint16Array(3)).join(),
    crypto.getRandomValues(new Uint8Array(5)).join(),
  );
  drawn.push(crypto.randomFillSync(new Uint8Array(8), 2, 5).join());
  drawn.push((await promisify(crypto.randomBytes)(7)).toString('hex'));
  drawn.push(
    await promisify((max: number, done: (error: Error | null, n: number) => void) => crypto.randomInt(max, done))(1e9),
  );
  drawn.push((await promisify<Uint8Array, Uint8Array>(crypto.randomFill)(new Uint8Array(6))).join());
  for (const kind of ['ed25519', 'x25519', 'ed448', 'x448'] as const) {
    const { publicKey } = crypto.generateKeyPairSync(kind as 'ed25519', {
      publicKeyEncoding: { format: 'der', type: 'spki' },
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    });
    drawn.push(publicKey.toString('hex'));
  }
  drawn.push(crypto.generateKeySync('hmac', { length: 64 }).export().toString('hex'));
  return drawn.map(String);
}

test.serial('every draw depends on the seed and the node alone', async (t) => {
  const [one, two, other] = [
    (await hosted(draws)).result,
    (await hosted(draws)).result,
    (await hosted(draws, { seed: 'other' })).result,
  ];
  t.deepEqual(one, two);
  for (const [place, text] of one.entries()) t.not(text, other[place]);
  t.is(new Set(one).size, one.length);
  t.regex(one[1]!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.regex(one[8]!, /^0,0,\d+,\d+,\d+,\d+,\d+,0$/);
});

test.serial('a seeded key pair signs and agrees as any other', async (t) => {
  await hosted(() => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    const data = Buffer.from('text');
    t.true(crypto.verify(null, data, publicKey, crypto.sign(null, data, privateKey)));
    const [a, b] = [crypto.generateKeyPairSync('x25519'), crypto.generateKeyPairSync('x25519')];
    t.deepEqual(
      crypto.diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey }),
      crypto.diffieHellman({ privateKey: b.privateKey, publicKey: a.publicKey }),
    );
  });
});

test.serial('what a target kept of virtual time does as the platform does once the run is over', async (t) => {
  let kept:
    | { setTimeout: typeof setTimeout; Date: DateConstructor; random: () => number; readFile: typeof fs.readFileSync }
    | undefined;
  const { host } = await hosted(() => {
    kept = { setTimeout, Date, random: Math.random, readFile: fs.readFileSync };
    setTimeout(() => t.fail(), 60_000);
  });
  t.true(Math.abs(new kept!.Date().getTime() - Date.now()) < 60_000);
  await new Promise<void>((resolve) => {
    kept!.setTimeout(resolve, 1);
  });
  t.true(kept!.random() < 1);
  t.is(host.simulation.pendingCount, 1);
});

test.serial('a second host in one thread is refused until the first is closed', (t) => {
  const [one, two] = [new HostedSimulation({ seed: '' }), new HostedSimulation({ seed: '' })];
  one.install();
  try {
    t.like(
      t.throws(() => two.install(), { instanceOf: HostError }),
      { code: 'already-hosted' },
    );
  } finally {
    one.close();
  }
  two.install();
  two.close();
  two.close();
  t.like(
    t.throws(() => two.install(), { instanceOf: HostError }),
    { code: 'closed' },
  );
});

test('two processes, and both ways to drain, give one digest; another seed, another', (t) => {
  const path = fileURLToPath(new URL('./gossip-process.test.fixture.js', import.meta.url));
  const run = (...args: string[]): { digest: string; eventCount: number; result: { roundTrips: number } } =>
    JSON.parse(execFileSync(process.execPath, [path, ...args], { encoding: 'utf8' }));
  const one = run('a', 'tick', '6');
  t.deepEqual(run('a', 'tick', '6'), one);
  t.deepEqual(run('a', 'immediate', '6'), one);
  t.deepEqual(run('a', 'tick', '6', 'verify'), one);
  t.true(one.eventCount > 3000 && one.result.roundTrips > 100);
  t.not(run('b', 'tick', '6').digest, one.digest);
});
