import test from 'ava';
import { HostError } from './host-error.ts';
import { runHosted } from './hosted-worker.ts';
import type { HostedOrder, HostedVerdict } from './hosted-worker.ts';

const GOSSIP = new URL('./gossip-program.test.fixture.js', import.meta.url).href;
const NODE = new URL('./datagram-node.test.fixture.js', import.meta.url).href;

/** A program as a module of its own, whose node 0 runs `body` at 0.5 s; `before` stands at its top. */
function programOf(body: string, before = ''): string {
  const source = `${before};
    import { Population } from '${NODE}';
    export function start(host, data) {
      new Population(host).start(0, () => { setTimeout(function theTarget() { ${body} }, 500); });
      return () => data;
    }`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

function run(program: string, order: Partial<HostedOrder> = {}): Promise<HostedVerdict> {
  return runHosted({ program, seed: 'worker', untilUs: 1_000_000, ...order });
}

test('a hosted program gives its digest and result, alike in two workers at once', async (t) => {
  const order = { data: { nodes: 5 }, untilUs: 3_000_000 };
  const [one, two] = await Promise.all([run(GOSSIP, order), run(GOSSIP, order)]);
  t.is(one.outcome, 'reached');
  t.is(one.nowUs, 3_000_000);
  t.regex(one.digest!, /^[0-9a-f]{16}$/);
  t.true((one.result as { roundTrips: number }).roundTrips > 10);
  t.deepEqual(one, two);
});

test('an event that never returns is ended, and its node and time are told', async (t) => {
  const verdict = await run(programOf('for (;;) Math.random();'), { blockedMs: 4000 });
  t.like(verdict, { outcome: 'blocked', blockedNode: 'p0', nowUs: 500_000, digest: undefined });
  t.regex(verdict.stack, /^ {4}at .*data:text/);
});

test('a loop of microtasks that never ends is ended as well', async (t) => {
  const body = '(async () => { for (;;) await 0; })();';
  t.like(await run(programOf(body), { blockedMs: 800 }), { outcome: 'blocked', blockedNode: 'p0' });
});

test('what was found before a thread had to be ended is told', async (t) => {
  const body = 'try { new WebSocket("ws://x"); } catch {} try { fetch("http://x"); } catch {} for (;;);';
  const verdict = await run(programOf(body), { blockedMs: 800 });
  t.is(verdict.outcome, 'blocked');
  t.true(verdict.evidence.some(({ what, node }) => what.startsWith('fetch: ') && node === 'p0'));
});

test('a target that ends the process ends its run alone', async (t) => {
  const verdict = await run(programOf('process.exit(3);'));
  t.is(verdict.outcome, 'exit-called');
  t.like(verdict.evidence[0], { kind: 'exit', what: 'process.exit(3)', node: 'p0', atUs: 500_000 });
  t.regex(verdict.evidence[0]!.stack, /theTarget/);
});

test('a program that cannot be imported, exits, hangs or throws before the run gives a verdict', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['file:///nothing/here.js', 'import-failed', /here\.js/],
    [programOf('', 'import "node:nothing"'), 'import-failed', /node:nothing/],
    [programOf('', 'process.exit(4)'), 'import-failed', /process\.exit\(4\) was called outside any node/],
    [programOf('', 'await new Promise(() => {})'), 'import-failed', /did not end within 300 ms/],
    ['data:text/javascript,for (;;);', 'blocked', /before the run began/],
    ['data:text/javascript,export const start = 1', 'import-failed', /exports no function start/],
    ['data:text/javascript,export function start() { throw new TypeError("bad") }', 'program-failed', /TypeError: bad/],
    ['data:text/javascript,export const start = () => new Promise(() => {})', 'program-failed', /did not end within/],
    ['data:text/javascript,export const start = () => () => () => 1', 'program-failed', /cannot leave the thread/],
  ];
  for (const [program, outcome, message] of cases) {
    // The short limit is for those that hang; it must not end what is only slow.
    const hangs = /within|began/.test(message.source);
    const verdict = await run(program, hangs ? { loadMs: 300, blockedMs: 2000 } : {});
    t.is(verdict.outcome, outcome as HostedVerdict['outcome'], verdict.message);
    t.regex(verdict.message, message);
  }
});

test('a thread out of memory, or out of real time, gives a verdict', async (t) => {
  const hoard = programOf('const all = []; setInterval(() => { for (let n = 0; n < 200; n++) all.push({ n }); }, 1);');
  t.is((await run(hoard, { heapMiB: 64, untilUs: 4e15 })).outcome, 'out-of-memory');
  const long = programOf('setInterval(() => {}, 1);');
  t.is((await run(long, { untilUs: 4e15, wallMs: 200 })).outcome, 'expired');
});

test('an order that does not fit is refused', async (t) => {
  const codeOf = async (order: Partial<HostedOrder>): Promise<unknown> =>
    (await t.throwsAsync(run('file:///x.js', order), { instanceOf: HostError }))?.code;
  t.is(await codeOf({ program: 'x.js' }), 'bad-order');
  t.is(await codeOf({ blockedMs: 0 }), 'bad-order');
  t.is(await codeOf({ heapMiB: Number.NaN }), 'bad-order');
});
