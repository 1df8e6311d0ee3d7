import anyTest from 'ava';
import type { TestFn } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { SHRUNK } from '../../properties/corpus/shrunk.ts';
import { encodeToken } from '../../properties/repro/token.ts';
import { judgeSoak } from '../../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import { PAGE_URL, PATIENCE_MS, launch, open } from '../browser.test.fixture.ts';

const test = anyTest as TestFn<{ browser: Browser; page: Page }>;

const DEFECT = 'gossip-peer-kept-on-close';
const soak = resolveScenario(parseScenario({ ...SHRUNK[DEFECT]!.scenario, defects: [DEFECT] }, 'test'), 'test');
const { record, verdicts } = judgeSoak(soak, { twice: false });
const broken = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
const token = encodeToken(soak.scenario, record.digest, broken)!;

test.before(async (t) => {
  t.timeout(PATIENCE_MS);
  t.context.browser = await launch();
});

test.after.always(async (t) => {
  await t.context.browser?.close();
});

test.beforeEach(async (t) => {
  t.timeout(PATIENCE_MS);
  t.context.page = await open(t, t.context.browser, `${PAGE_URL}#run=${token}`);
  t.context.page.setDefaultTimeout(PATIENCE_MS / 4);
  await t.context.page.locator('.verdict-row').first().waitFor();
});

test.afterEach.always(async (t) => {
  await t.context.page?.context().close();
});

function clock(page: Page): Promise<string | null> {
  return page.locator('.clock').textContent();
}

test.serial('arrow keys in the topology select a peer, whose state is shown; Escape lets go', async (t) => {
  const { page } = t.context;
  const canvas = page.locator('.topology-stage canvas');
  await canvas.focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('.topology-said', { hasText: /^p0 / }).waitFor();
  t.is(await page.locator('.node-choice select').inputValue(), '0');
  await page.locator('.node-life', { hasText: /^p0, incarnation \d+/ }).waitFor();
  t.true((await page.locator('.node-state .json > li').count()) > 0);
  await canvas.press('Escape');
  await page.locator('.topology-said', { hasText: /^Point at a peer/ }).waitFor();
});

test.serial('a kind of line can be hidden, and the topology is that of the cursor', async (t) => {
  const { page } = t.context;
  const links = page.locator('.topology-legend [data-kind="link"]');
  await links.click();
  t.is(await links.getAttribute('aria-pressed'), 'false');
  const chart = page.locator('.chart-plot').first();
  await chart.press('Home');
  t.is(await clock(page), '0s');
  const live = page.locator('.topology-legend li', { hasText: 'gone' });
  await page.locator('.topology-legend li', { hasText: 'gone 0' }).waitFor();
  await chart.press('End');
  t.regex((await live.textContent()) ?? '', /gone [1-9]/);
});

test.serial('a click in a chart moves the cursor there, and arrow keys move it from sample to sample', async (t) => {
  const { page } = t.context;
  const over = page.locator('.chart .u-over').first();
  const { width, height } = (await over.boundingBox())!;
  await over.click({ position: { x: width / 2, y: height / 2 } });
  const slider = page.locator('.chart-plot').first();
  const middle = Number(await slider.getAttribute('aria-valuenow'));
  const endS = record.endUs / 1e6;
  t.true(Math.abs(middle - endS / 2) < endS / 50, `${middle} of ${endS}`);
  await page.mouse.move(0, 0);
  await slider.press('ArrowRight');
  t.true(Number(await slider.getAttribute('aria-valuenow')) > middle);
  t.regex((await slider.getAttribute('aria-valuetext')) ?? '', /^\d+m\d*s?: .+ \d/);
});

test.serial('the table says what is left behind; its time moves the cursor and opens the verdict', async (t) => {
  const { page } = t.context;
  const row = page.locator('.residue-table tbody tr').first();
  t.regex((await row.textContent()) ?? '', /\+\d+(\.\d+)?per departure/);
  const since = row.locator('button');
  const says = await since.textContent();
  await since.click();
  await page.locator('.verdict-row details[open] .verdict-growth table').first().waitFor();
  t.is(await page.locator('.verdict-row details[open]').count(), 1);
  t.true(says !== null && says.length > 0);
  t.not(await clock(page), '0s');
});

test.serial('every verdict opens by key, and says what holds and what the bound is', async (t) => {
  const { page } = t.context;
  t.is(await page.locator('.verdict-row').count(), verdicts.length);
  t.is(await page.locator('.verdict-row.broke').count(), broken.length);
  await page.locator('.verdict-row.held summary').first().press('Enter');
  const open = page.locator('.verdict-row.held details[open] dl');
  await open.waitFor();
  t.regex((await open.textContent()) ?? '', /holds when.+bound/);
});

test.serial('frames of the flame graph are walked and zoomed by keys, and by a click', async (t) => {
  const { page } = t.context;
  const root = page.locator('.flame-box.root');
  await root.focus();
  await page.keyboard.press('ArrowUp');
  await page.locator('.flame-box[aria-selected="true"][aria-level="2"]').waitFor();
  await page.locator('.flame-box:focus[aria-level="2"]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.flame-box:focus[aria-level="2"][style*="width: 100%"]').waitFor();
  t.regex((await page.locator('.flame-said').textContent()) ?? '', /: .+ (us|ms|s), \d+\.\d% of all/);
  await page.keyboard.press('Escape');
  await page.locator('.flame-box.root[aria-selected="true"]').waitFor();
  const second = page.locator('.flame-box[aria-level="2"]').nth(1);
  const frame = await second.getAttribute('data-frame');
  await second.click();
  await page.locator(`.flame-box[aria-selected="true"][data-frame="${frame}"][style*="width: 100%"]`).waitFor();
  await page.getByText('show all').click();
  t.true((await page.locator('.flame-box[aria-level="2"]').count()) > 1);
});

test.serial('an event shows what it changed, and branches of the state open by key', async (t) => {
  const { page } = t.context;
  await page.locator('.chart-plot').first().press('Home');
  await page.locator('.node-about', { hasText: /^event \d+, 0s/ }).waitFor();
  t.true((await page.locator('.node-change.added').count()) > 0);
  await page.locator('.node-choice select').selectOption('0');
  const fold = page.locator('.json-fold').first();
  await fold.waitFor();
  const isOpen = await fold.getAttribute('aria-expanded');
  await fold.press('Enter');
  await page
    .locator(`.json-fold[aria-expanded="${isOpen === 'true' ? 'false' : 'true'}"]`)
    .first()
    .waitFor();
  t.not(await fold.getAttribute('aria-expanded'), isOpen);
});

test.serial('messages are walked by arrow keys, Enter goes to an arrival, and plus zooms', async (t) => {
  const { page } = t.context;
  await page.locator('.space-time-tools select').selectOption('30000000');
  const canvas = page.locator('canvas.space-time');
  await canvas.focus();
  await page.keyboard.press('ArrowDown');
  const said = page.locator('.space-time-said', { hasText: /sent at .+ under way/ });
  await said.waitFor();
  const before = await clock(page);
  const span = await page.locator('.space-time-span').textContent();
  await page.keyboard.press('+');
  t.not(await page.locator('.space-time-span').textContent(), span);
  await page.locator('.space-time-view[aria-busy="false"] .space-time-said', { hasText: /^\d/ }).waitFor();
  await canvas.press('ArrowDown');
  await said.waitFor();
  await page.keyboard.press('Enter');
  t.not(await clock(page), before);
  await page.getByRole('button', { name: 'to the cursor' }).click();
  t.not(await page.locator('.space-time-span').textContent(), span);
});

test.serial('on a phone nothing is wider than the screen, in light and in dark', async (t) => {
  const { page } = t.context;
  await page.setViewportSize({ width: 390, height: 800 });
  for (const theme of ['light', 'dark']) {
    await page.locator(`html[data-theme="${theme}"]`).waitFor();
    const widthPx = await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth);
    t.true(widthPx <= 390, `${widthPx} px`);
    await page.getByLabel('change between light and dark').click();
  }
});
