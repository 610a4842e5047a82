import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, startBrowser } from '../dashboard/browser.js';
import { makeEnvironment } from '../setup/service.js';
import { type Checkout, openCheckout } from './checkout.js';
import { installExamples, serveProgram } from './installed.js';

/** The examples with a page, in Chromium. */

async function freePort(): Promise<string> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/** Keeps the headings that come on the screen, one after another. */
const keepHeadings = `
  globalThis.headings = [];
  new MutationObserver(() => {
    const heading = document.querySelector('h1');
    if (heading?.checkVisibility() && headings.at(-1) !== heading.innerText) headings.push(heading.innerText);
  }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
`;

describe.skipIf(chromiumPath === null)('in Chromium', () => {
  let folder: string;
  let checkout: Checkout;
  let browser: Browser;
  /** Where the pages come from, which the service must know beforehand. */
  let PORT: string;
  beforeAll(async () => {
    folder = await installExamples();
  }, 120_000);
  beforeAll(async () => {
    PORT = await freePort();
    checkout = await openCheckout(await makeEnvironment({ BELLWETHER_ORIGINS: `http://localhost:${PORT}` }));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await checkout?.service.remove();
  });

  /** Serves an example and opens its page; all ends with the work, and the page must not have complained. */
  async function withPage(file: string, path: string, work: (page: Page, buy: () => Promise<void>) => Promise<void>): Promise<void> {
    const { address, stop } = await serveProgram(join(folder, file), {
      BELLWETHER_URL: checkout.service.url,
      BELLWETHER_KEY: checkout.serverKey,
      BELLWETHER_CLIENT_KEY: checkout.service.secrets.client,
      PORT,
    });
    const context = await browser.newContext();
    // Shorter than the test's own time, so that a failure says what was waited for.
    context.setDefaultTimeout(10_000);
    try {
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.addInitScript(keepHeadings);
      const before = await checkout.counts();
      await page.goto(`${address}${path}`);
      await work(page, () => buyAndLeave(page, before));
      expect(faults).toEqual([]);
    } finally {
      await context.close();
      await stop();
    }
  }

  /** Buys, leaves at once, and waits until it is counted: a purchase is not due for five seconds, so the page sends it as it goes. */
  async function buyAndLeave(page: Page, before: Awaited<ReturnType<Checkout['counts']>>): Promise<void> {
    await page.getByRole('button', { name: 'Buy' }).click();
    await page.goto('about:blank');
    await checkout.counted(before.events + 1);
    expect(await checkout.counts()).toEqual({
      exposures: before.exposures + 1,
      conversions: before.conversions + 1,
      events: before.events + 1,
    });
  }

  const titles = ['Your basket', 'Buy it all in one step'];

  test('a plain page shows nothing before it knows what, the same to the same visitor, and counts', () =>
    withPage('browser-page/serve.mjs', '/', async (page, buy) => {
      const heading = page.getByRole('heading');
      await heading.waitFor();
      const shown = await heading.textContent();
      expect(titles).toContain(shown);
      expect(await page.evaluate('headings')).toEqual([shown]);
      await buy();
      await page.goBack();
      await heading.waitFor();
      expect(await heading.textContent()).toBe(shown);
    }));

  test('a page rendered from text shows what the server chose, and counts', () =>
    withPage('server-rendering.mjs', '/?user=carl', async (page, buy) => {
      const rendered = await page.locator('h1').getAttribute('data-variant');
      await page.locator('body[data-shown]').waitFor();
      expect(await page.locator('body').getAttribute('data-shown')).toBe(rendered);
      await buy();
    }));

  test('React goes on where the server stopped, without a change on the screen, and counts', () =>
    withPage('react-rendering/server.mjs', '/', async (page, buy) => {
      // Asked once more with the cookie that the page got: what the server sends this visitor.
      const html = await (await page.context().request.get(page.url())).text();
      const rendered = /<h1>(.*)<\/h1>/.exec(html)?.[1];
      expect(titles).toContain(rendered);
      const isTaken = "Object.keys(document.querySelector('button')).some((name) => name.startsWith('__reactProps'))";
      await page.waitForFunction(isTaken);
      expect(await page.evaluate('headings')).toEqual([rendered]);
      await buy();
    }));
});
