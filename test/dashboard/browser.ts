import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { prepare } from '../../scripts/prepare.mjs';

/** A real browser for the dashboard's tests: Debian's Chromium, or one that CHROMIUM names. */

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the browser is; null: none on this machine. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place)) ?? null;

if (chromiumPath === null) {
  console.warn(
    '\n*** No Chromium: the tests of the dashboard are LEFT OUT. Install it (apt-get install chromium) or name it in CHROMIUM. ***\n',
  );
}

export interface OpenedPage {
  readonly page: Page;
  /** What a user's console shows in red, and what went to another host: both empty on a sound page. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Builds the dashboard if need be and starts the browser. */
export async function startBrowser(): Promise<Browser> {
  await prepare(() => {});
  // No sandbox: tests run as root in containers, and load nothing but our own pages.
  return chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page in a context of its own, watched for faults. @param origin of the service: requests to any other host are faults */
export async function openPage(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: origin, ...options });
  // Shorter than a test's own time, so that a failure says what was waited for.
  context.setDefaultTimeout(12_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) faults.push(`request to ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

/** Signs in with a key and waits for the list. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
