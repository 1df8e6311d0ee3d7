// A real Chromium for tests of the page, and the page in it.
// Invariant: a page that asks anything of another place, or whose script throws, fails the test that opened it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Where Debian, Fedora, Homebrew and Chrome's own installers put it. */
const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The page as it was built. */
export const PAGE_URL = new URL('./index.html', import.meta.url).href;

/** What a page may take on a busy machine, in milliseconds. */
export const PATIENCE_MS = 120_000;

/** Starts Chromium; to be closed by whoever starts it. */
export function launch(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== '' && existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      'no Chromium was found: install it (Debian: apt-get install chromium) or name its program in CHROMIUM',
    );
  }
  // A container's root user has no sandbox; the page under test is our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Opens an address in a page of its own; what goes wrong in it fails the test. */
export async function open(
  t: ExecutionContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => t.fail(`the page threw: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') t.fail(`the page complains: ${message.text()}`);
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (asked !== url.replace(/#.*$/, '') && !/^(blob|data):/.test(asked)) t.fail(`the page asks for ${asked}`);
  });
  await page.goto(url);
  return page;
}

/** Path of a file beside the compiled tests. */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
