import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import anyTest from 'ava';
import type { TestFn } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { SHRUNK } from '../properties/corpus/shrunk.ts';
import { encodeToken } from '../properties/repro/token.ts';
import { judgeSoak } from '../properties/soak/judge.ts';
import type { SoakResult } from '../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import type { ScenarioInput } from '../properties/soak/scenario.ts';
import { reportPage } from '../properties/view/report-page.ts';
import { runDataOf } from '../properties/view/run-data-of.ts';
import { TopologyWatch } from '../properties/view/topology-watch.ts';
import { launch, open, PAGE_URL, PATIENCE_MS } from './browser.test.fixture.ts';
import { writeAddress } from './page/address.ts';

const test = anyTest as TestFn<{ browser: Browser }>;

const DEFECT = 'peer-topics-not-pruned';
/** A leak that three kills show, in some hundred events. */
const LEAK = SHRUNK[DEFECT]!.scenario;

function judged(input: ScenarioInput): SoakResult & { topology: TopologyWatch } {
  let topology: TopologyWatch | undefined;
  const soak = resolveScenario(parseScenario(input, 'test'), 'test');
  const result = judgeSoak(soak, {
    twice: false,
    onStarted: ({ simulation }) => (topology = new TopologyWatch(simulation)),
  });
  return { ...result, topology: topology! };
}

const leak = judged({ ...LEAK, defects: [DEFECT] });
const token = encodeToken(leak.soak.scenario, leak.record.digest, ['residue-bounded'])!;

test.before(async (t) => {
  t.timeout(PATIENCE_MS);
  t.context.browser = await launch();
});

test.after.always(async (t) => {
  await t.context.browser?.close();
});

/** Waits until the run on the page has been judged. */
async function judgedOn(page: Page): Promise<string> {
  const count = page.locator('.verdict .count', { hasText: /broke|held/ });
  await count.first().waitFor();
  return (await count.first().textContent()) ?? '';
}

test.serial('a run with a defect shows what leaks, in the timeline and in the table', async (t) => {
  t.timeout(PATIENCE_MS);
  const page = await open(
    t,
    t.context.browser,
    `${PAGE_URL}#${writeAddress({ runs: [{ base: token }], atUs: undefined, peer: undefined })}`,
  );
  t.regex(await judgedOn(page), /^1 of the \d+ properties that could be judged broke/);
  t.is(await page.locator('.verdict h1').textContent(), 'Nodes still hold on to peers that are gone.');
  t.regex(await page.title(), /^1 of \d+ broke: .+, seed .+ - quicksoak$/);
  t.deepEqual(await page.locator('.worst dd code').allTextContents(), ['peerTopics[key]']);
  const sentence = (await page.locator('.sentences .said').textContent()) ?? '';
  t.regex(sentence, /^Nodes still hold on to peers that are gone, since \d+m/);
  t.regex(sentence, /peerTopics\[key\] went from 0 to 3 mentions/);
  t.true((await page.locator('[data-panel="timelines"] canvas').count()) > 0, 'curves are drawn');
  t.regex(
    (await page.locator('[data-panel="residue"] table').first().textContent()) ?? '',
    /peerTopics\[key\].*residue-bounded.*0 → 3.*p0: /,
  );
  t.true((await page.locator('[data-panel="topology"] canvas').count()) > 0);
});

test.serial('a step back and on again comes to the same event with the same digest', async (t) => {
  t.timeout(PATIENCE_MS);
  const page = await open(t, t.context.browser, `${PAGE_URL}#run=${token}`);
  await judgedOn(page);
  const shown = async (by: string, number: number): Promise<string> => {
    await page.getByLabel(by, { exact: true }).click();
    const event = page.locator(`.transport .event[data-event="${number}"]`);
    await event.waitFor();
    return (await event.textContent()) ?? '';
  };
  const { eventCount, digest } = leak.record;
  // The cursor stands at the end of the run, after its last event.
  const last = await shown('one event back', eventCount);
  t.regex(last, new RegExp(`^event ${eventCount}: .*digest ${digest}$`));
  const before = await shown('one event back', eventCount - 1);
  t.regex(before, /digest [0-9a-f]{16}$/);
  await shown('one event back', eventCount - 2);
  t.is(await shown('one event on', eventCount - 1), before);
  t.is(await shown('one event on', eventCount), last);
});

test.serial('a node is shown as it stands, with what its tasks await', async (t) => {
  t.timeout(PATIENCE_MS);
  const run = JSON.stringify({ model: 'mesh', nodes: 4, for: '30s', plan: { version: 1, actions: [] } });
  const page = await open(t, t.context.browser, `${PAGE_URL}#run=${encodeURIComponent(run)}&peer=2`);
  await page.locator('.verdict .count').waitFor();
  const node = page.locator('[data-panel="node"]');
  // Names of classes, which a bundler might shorten.
  await node
    .getByText(/select of \{/)
    .first()
    .waitFor();
  t.regex((await node.textContent()) ?? '', /gossip\.actor/);
  t.regex((await node.textContent()) ?? '', /\b(receive|notified|tick|sleep)\b/);
});

test.serial('the address holds the token of the run and where the cursor stands, and opens both again', async (t) => {
  t.timeout(PATIENCE_MS);
  const typed = encodeURIComponent(JSON.stringify({ ...LEAK, defects: [DEFECT] }));
  const page = await open(t, t.context.browser, `${PAGE_URL}#run=${typed}`);
  await judgedOn(page);
  await page.getByLabel('go to').fill('6m30.000123s');
  await page.getByLabel('go to').press('Enter');
  await page.waitForURL(new RegExp(`#run=qs1-[\\w-]+&at=390000123`));
  const again = await open(t, t.context.browser, page.url());
  await judgedOn(again);
  await again.locator('.clock', { hasText: '6m30.000123s' }).waitFor();
  t.is(new URL(again.url()).hash.match(/run=([\w-]+)/)?.[1], new URL(page.url()).hash.match(/run=([\w-]+)/)?.[1]);
});

test.serial('a run is set up in the form, held, and let go on', async (t) => {
  t.timeout(PATIENCE_MS);
  const page = await open(t, t.context.browser, PAGE_URL);
  await page.getByLabel('Scenario').selectOption('mesh-200');
  await page.getByLabel('Seed').fill('held');
  await page.getByLabel('Nodes').fill('40');
  await page.getByRole('checkbox', { name: 'peer-topics-not-pruned' }).check();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const title = page.locator('.verdict h1');
  await title.filter({ hasText: /^Simulating: [1-9]/ }).waitFor();
  t.regex(
    (await page.locator('.verdict .about').textContent()) ?? '',
    /seed held, 40 nodes of mesh.*peer-topics-not-pruned/,
  );
  await page.getByLabel('pause', { exact: true }).click();
  await title.filter({ hasText: 'Held at' }).waitFor();
  const held = (await page.locator('.clock').textContent()) ?? '';
  await page.waitForTimeout(400);
  t.is(await page.locator('.clock').textContent(), held, 'nothing goes on while it is held');
  await page.getByLabel('run', { exact: true }).click();
  await page.locator('.clock').filter({ hasNotText: held }).waitFor();
  await page.keyboard.press('Tab');
  t.regex(page.url(), /#run=mesh-200&seed=held&nodes=40&defects=/);
});

test.serial('two runs are compared side by side on one time axis', async (t) => {
  t.timeout(PATIENCE_MS);
  const runs = [{ base: token }, { base: token, defects: [] }];
  const page = await open(
    t,
    t.context.browser,
    `${PAGE_URL}#${writeAddress({ runs, atUs: undefined, peer: undefined })}`,
  );
  await page.locator('.verdict').nth(1).waitFor();
  await page.locator('.verdict h1', { hasText: 'Nothing leaks' }).waitFor();
  await page.locator('.verdict h1', { hasText: 'Nodes still hold on' }).waitFor();
  t.is(await page.locator('[data-panel="timelines"]').count(), 2);
  t.is(await page.locator('.transport').count(), 1, 'one cursor for both');
  const boxes = await Promise.all(
    [0, 1].map((place) => page.locator('[data-panel="topology"]').nth(place).boundingBox()),
  );
  t.true(boxes[1]!.x >= boxes[0]!.x + boxes[0]!.width, 'they stand side by side');
});

test.serial('a report opens from a file, and steps through its run', async (t) => {
  t.timeout(PATIENCE_MS);
  const template = await readFile(new URL(PAGE_URL), 'utf8');
  const html = reportPage(template, [runDataOf(leak, 'quicksoak test', leak.topology.track)]);
  await withPage(html, async (url) => {
    const page = await open(t, t.context.browser, url);
    t.regex(await judgedOn(page), /^1 of the \d+ properties that could be judged broke/);
    t.is(await page.locator('.wordmark span').textContent(), 'report');
    t.is(await page.locator('[data-panel]').count(), 7);
    await page.getByLabel('one event back', { exact: true }).click();
    await page.locator('.transport .event', { hasText: `event ${leak.record.eventCount}: ` }).waitFor();
  });
});

test.serial('two hundred nodes are drawn fast enough for thirty frames a second', async (t) => {
  t.timeout(PATIENCE_MS);
  const actions = Array.from({ length: 10 }, (_, place) => ({
    atUs: 10_000_000 + place * 1_000_000,
    kind: 'respawn',
    peer: 20 + place,
    fresh: 200 + place,
  }));
  const run = JSON.stringify({ name: 'large', nodes: 200, for: '25s', plan: { version: 1, actions } });
  const page = await open(t, t.context.browser, `${PAGE_URL}#run=${encodeURIComponent(run)}`);
  await page.locator('.verdict .count').waitFor();
  await page.locator('[data-panel="topology"]').scrollIntoViewIfNeeded();
  await page.getByLabel('go to').fill('5s');
  await page.getByLabel('go to').press('Enter');
  const session = await page.context().newCDPSession(page);
  // Time of the processor, not of the clock: what else the machine does must not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spentMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    const counted = metrics.filter(({ name }) => /^(Script|Layout|RecalcStyle)Duration$/.test(name));
    return counted.reduce((sum, { value }) => sum + value * 1000, 0);
  };
  const before = await spentMs();
  await page.getByLabel('run', { exact: true }).click();
  const frames = Number(
    await page.evaluate(`new Promise((resolve) => {
      let frames = 0;
      const untilMs = performance.now() + 1500;
      requestAnimationFrame(function next(nowMs) {
        frames++;
        if (nowMs < untilMs) requestAnimationFrame(next);
        else resolve(frames);
      });
    })`),
  );
  const perFrameMs = ((await spentMs()) - before) / frames;
  t.log(`${perFrameMs.toFixed(1)} ms of the processor per frame, ${frames} frames in 1.5 s`);
  t.true(perFrameMs < 1000 / 30, `${perFrameMs} ms per frame`);
  t.true(frames > 3);
});

test.serial('no name of a scenario, and no token, is ever taken for HTML', async (t) => {
  t.timeout(PATIENCE_MS);
  const name = '<img src=x onerror="document.title=`hit`"><script>document.title=`hit`</script>';
  const notes = ['</script><script>document.title=`hit`</script>'];
  const input = { ...LEAK, name, notes, defects: [DEFECT] };
  const result = judged(input);
  const template = await readFile(new URL(PAGE_URL), 'utf8');
  const html = reportPage(template, [runDataOf(result, '<b>tool</b>', result.topology.track)]);
  const check = async (page: Page): Promise<void> => {
    await judgedOn(page);
    t.true(((await page.locator('.verdict .about').textContent()) ?? '').includes(name), 'it is shown as it is');
    t.is(await page.locator('img, .page script').count(), 0);
    t.not(await page.title(), 'hit');
  };
  await withPage(html, async (url) => check(await open(t, t.context.browser, url)));
  await check(await open(t, t.context.browser, `${PAGE_URL}#run=${encodeURIComponent(JSON.stringify(input))}`));
});

const REFUSED = [
  ['a token that is cut short', `run=${token.slice(0, -9)}`, /token: .*(cut short|mistyped)/],
  ['a token of another version', 'run=qs9-AAAA', /made by another version/],
  ['an unknown scenario', 'run=stuck-loop', /unknown scenario "stuck-loop".*stuck-loops/],
  ['an unknown part', 'run=swarm&frm=3', /address: unknown part "frm"/],
  ['no run at all', 'at=12', /expected #run=/],
  ['a defect of another model', 'run=swarm&defects=no-such', /unknown defect "no-such"/],
  ['too few nodes', 'run=swarm&nodes=1', /nodes: received 1, expected/],
  ['nodes that are no number', 'run=swarm&nodes=many', /nodes: received "many", expected a whole number/],
  ['a time that is too short', 'run=swarm&for=5s', /too short/],
  ['HTML', `run=${encodeURIComponent('<img src=x onerror=alert(1)>')}`, /unknown scenario "<img/],
  ['JSON that is none', `run=${encodeURIComponent('{"name":')}`, /expected JSON/],
] as const;

test.serial('a broken address is refused in one sentence, and the page goes on', async (t) => {
  t.timeout(PATIENCE_MS);
  const page = await open(t, t.context.browser, `${PAGE_URL}#${REFUSED[0][1]}`);
  for (const [what, hash, says] of REFUSED) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    const mistake = page.locator('.mistake', { hasText: says }).first();
    await mistake.waitFor();
    const text = (await mistake.textContent()) ?? '';
    t.notRegex(text, /undefined|\[object|\n\s+at /, what);
    t.is(await page.locator('img').count(), 0, what);
    t.is(await page.locator('.transport, .panels').count(), 0, `${what}: nothing is shown of a run that there is not`);
  }
  await page.evaluate(`location.hash = 'run=${token}'`);
  t.regex(await judgedOn(page), /broke/);
});

/** Serves one page on this machine while it is used. */
async function withPage(html: string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
