/**
 * Takes the pictures of the dashboard that the docs show: a service of its own, the demo's visitors, a real browser.
 *
 *   npm run screenshots [-- FOLDER]     default: docs/images
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, openPage, signIn, startBrowser } from './browser.js';

const folder = process.argv[2] ?? 'docs/images';
const visitorSeconds = 75;

interface View {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
  /** Goes to the page and waits until it shows what it is for. */
  open(page: Page): Promise<void>;
}

const openExperiment = (name: RegExp) => async (page: Page) => {
  await page.getByRole('link', { name }).first().click();
  await page.getByRole('heading', { name }).waitFor();
  await page.locator('canvas').first().waitFor();
};

const views: readonly View[] = [
  { name: 'list', width: 1280, height: 620, colorScheme: 'light', open: async (page) => page.getByRole('table').waitFor() },
  { name: 'experiment', width: 1280, height: 1500, colorScheme: 'light', open: openExperiment(/one-page checkout/) },
  { name: 'bandit-dark', width: 1280, height: 1300, colorScheme: 'dark', open: openExperiment(/banner/) },
  { name: 'phone', width: 360, height: 780, colorScheme: 'light', open: openExperiment(/one-page checkout/) },
  {
    name: 'form',
    width: 1280,
    height: 1300,
    colorScheme: 'light',
    open: async (page) => {
      await page.getByRole('link', { name: /New/ }).click();
      await page.getByRole('button', { name: /^Front-end layout/ }).click();
      await page.getByRole('button', { name: 'Create draft' }).waitFor();
    },
  },
];

async function take(browser: Browser, url: string, key: string, { name, width, height, colorScheme, open }: View): Promise<void> {
  const { page, faults, close } = await openPage(browser, url, { viewport: { width, height }, colorScheme, deviceScaleFactor: 1.5 });
  await signIn(page, key);
  await page.getByRole('table').waitFor();
  await open(page);
  // Whatever is on its way, charts and fonts too, has been drawn when two frames in a row have passed and the network rests.
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await close();
  console.log(`${join(folder, `${name}.png`)}${faults.length > 0 ? `  FAULTS: ${faults.join('; ')}` : ''}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Ready when the service says so; it prints that line once everything is up. */
async function waitUntilReady(service: ChildProcess, url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/ready`).catch(() => null);
    if (answer?.ok) return;
    if (service.exitCode !== null) throw new Error('The service has ended before it was ready.');
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function main(): Promise<void> {
  if (chromiumPath === null) throw new Error('No Chromium; install it, or name it in CHROMIUM.');
  mkdirSync(folder, { recursive: true });
  const browser = await startBrowser();
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-pictures-'));
  const [port, key] = [await freePort(), randomBytes(24).toString('hex')];
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PORT: String(port), BELLWETHER_DATA_DIR: dataDir, BELLWETHER_ADMIN_KEY: key, LOG_LEVEL: 'error' };
  const service = spawn(process.execPath, ['scripts/start.mjs'], { env, stdio: 'ignore' });
  try {
    await waitUntilReady(service, url);
    console.log(`Visitors for ${visitorSeconds} s …`);
    const demo = spawn(process.execPath, ['dist/cli/demo.js', '--url', url, '--key', key, '--seconds', String(visitorSeconds)], {
      env,
      stdio: 'ignore',
    });
    await once(demo, 'exit');
    for (const view of views) await take(browser, url, key, view);
  } finally {
    await browser.close();
    service.kill('SIGTERM');
    await once(service, 'exit');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
