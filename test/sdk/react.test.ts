import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { createElement } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, createLocalClient, type LocalClient } from '../../src/sdk/index.js';
import { useVariant } from '../../src/sdk/react/index.js';
import { chromiumPath, openPage, startBrowser } from '../dashboard/browser.js';
import { makeEnvironment } from '../setup/service.js';
import type { PageGlobals, PageSetting } from './react-page.js';
import { Shop } from './react-shop.js';
import { startSite } from './react-site.js';
import { openShop, type Shop as Service } from './shop.js';

let site: Awaited<ReturnType<typeof startSite>>;
let shop: Service;
let local: LocalClient;
beforeAll(async () => {
  site = await startSite();
  shop = await openShop(await makeEnvironment({ BELLWETHER_ORIGINS: site.origin }));
  local = createLocalClient(shop.local);
  await local.ready();
});
afterAll(async () => {
  await local.close();
  await site.close();
  await shop.service.remove();
});

/** A running experiment that the clients here know of. */
async function running(): Promise<string> {
  const key = await shop.running();
  for (;;) {
    const visitor = await local.visitor({ userId: 'u' });
    if (visitor.assignment(key).reason === 'SPLIT') return key;
    await new Promise<void>((resolve) => {
      const end = local.subscribe(() => {
        end();
        resolve();
      });
    });
  }
}

/** A user of a variant. */
async function userOf(experimentKey: string, variant: string): Promise<string> {
  for (let n = 0; ; n += 1) {
    const userId = `user-${n}`;
    if ((await local.visitor({ userId })).assignment(experimentKey).variant === variant) return userId;
  }
}

describe('on a server', () => {
  test('renders what the visitor of the request gets, and exposes nobody', async () => {
    const experimentKey = await running();
    const [plain, colourful] = await Promise.all(
      ['control', 'green'].map(async (variant) => {
        const client = await local.visitor({ userId: await userOf(experimentKey, variant) });
        return renderToString(createElement(Shop, { client, experimentKey }));
      }),
    );
    expect(plain).toContain('<button type="button" title="grey">control</button><p>plain</p>');
    expect(colourful).toContain('<button type="button" title="green">green</button><section><p>colourful</p></section>');
    expect(await local.flush()).toBe(true);
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 0 });
  });

  test('waits for the first answers of a client in a stream', async () => {
    const experimentKey = await running();
    const client = createClient({ ...shop.remote, unit: { userId: await userOf(experimentKey, 'green') } });
    const { pipe } = renderToPipeableStream(createElement(Shop, { client, experimentKey }));
    const html = await text(pipe(new PassThrough()));
    expect(html).toContain('title="green">green</button>');
    await client.close();
  });

  test('says what is missing around a component', () => {
    const Lost = () => useVariant('any', 'control');
    expect(() => renderToString(createElement(Lost))).toThrow('<BellwetherProvider>');
  });
});

describe.runIf(chromiumPath)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 300_000);
  afterAll(() => browser?.close());

  /** Opens a page of the site and waits until the application is on the screen. */
  async function show(path: string, setting: Omit<PageSetting, 'url' | 'key'>, html = '') {
    site.put(path, { url: shop.service.url, key: shop.service.secrets.client, ...setting }, html);
    // The service is another host of the same machine.
    const { page, faults, close } = await openPage(browser, 'http://127.0.0.1', { baseURL: site.origin });
    await page.goto(path);
    await page.locator('body[data-live=yes]').waitFor();
    return {
      page,
      faults,
      texts: () => page.evaluate(() => (globalThis as unknown as PageGlobals).texts),
      async leave() {
        expect(await page.evaluate(() => (globalThis as unknown as PageGlobals).client.close())).toBe(true);
        await close();
      },
    };
  }

  test('takes over a rendered page without a change on the screen, and exposes once', async () => {
    const experimentKey = await running();
    const client = await local.visitor({ userId: await userOf(experimentKey, 'green') });
    const bootstrap = client.bootstrap();
    const html = renderToString(createElement(Shop, { client, bootstrap, experimentKey }));
    const { page, faults, texts, leave } = await show('/rendered', { experimentKey, bootstrap }, html);
    await page.getByRole('button', { name: 'green' }).click();
    await page.evaluate(() => (globalThis as unknown as PageGlobals).client.flush());
    expect(await texts()).toHaveLength(1);
    await leave();
    expect(faults).toEqual([]);
    expect(await shop.counts(experimentKey)).toEqual({ exposures: 1, conversions: 1, events: 1 });
  });

  test('shows no variant before it knows which, and exposes once under StrictMode', async () => {
    const experimentKey = await running();
    const unit = { userId: await userOf(experimentKey, 'green') };
    const { faults, texts, leave } = await show('/plain', { experimentKey, unit });
    expect((await texts()).map((each) => each.replace(/\s+/g, ' '))).toEqual(['loading', 'green colourful']);
    await leave();
    expect(faults).toEqual([]);
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 1 });
  });

  test('shows fallbacks meanwhile where that is wanted', async () => {
    const experimentKey = await running();
    const unit = { userId: await userOf(experimentKey, 'green') };
    const { page, texts, leave } = await show('/meanwhile', { experimentKey, unit, whileLoading: 'fallback' });
    await page.getByText('colourful').waitFor();
    expect((await texts()).map((each) => each.replace(/\s+/g, ' '))).toEqual(['nothing plain', 'green colourful']);
    await leave();
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 1 });
  });

  test('keeps the fallback that it showed for want of an answer, and exposes nobody to it', async () => {
    const experimentKey = await running();
    const unit = { userId: await userOf(experimentKey, 'green') };
    const { page, texts, leave } = await show('/late', { experimentKey, unit, readyTimeoutMs: 0 });
    await page.evaluate(async (key) => {
      const { client } = globalThis as unknown as PageGlobals;
      while (client.assignment(key).reason === 'FALLBACK') await new Promise<void>((resolve) => void client.subscribe(resolve));
    }, experimentKey);
    // Two frames: React would have painted by now.
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    expect((await texts()).at(-1)?.replace(/\s+/g, ' ')).toBe('nothing plain');
    await leave();
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 0 });
  });

  test('shows what the next unit gets after a login, and nothing of it before', async () => {
    const experimentKey = await running();
    const [guest, member] = [await userOf(experimentKey, 'control'), await userOf(experimentKey, 'green')];
    const { page, texts, leave } = await show('/login', { experimentKey, unit: { userId: guest } });
    await page.evaluate((userId) => (globalThis as unknown as PageGlobals).client.setUnit({ userId }), member);
    await page.getByText('colourful').waitFor();
    const seen = (await texts()).map((each) => each.replace(/\s+/g, ' '));
    expect(seen.filter((each) => !each.includes('loading'))).toEqual(['control plain', 'green colourful']);
    await leave();
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 2 });
  });

  test('keeps a browser in its variant that has its id from the service', async () => {
    const experimentKey = await shop.running({ hashKey: 'deviceId' });
    const first = await show('/device', { experimentKey, unit: {} });
    const shown = await first.texts();
    expect(shown.at(-1)).toMatch(/^(control|green)/);
    await first.page.reload();
    await first.page.locator('body[data-live=yes]').waitFor();
    // From its storage: at once.
    expect(await first.texts()).toEqual([shown.at(-1)]);
    await first.leave();
    expect(await shop.counts(experimentKey)).toMatchObject({ exposures: 1 });
  });

  test('follows a rollback on the screen', async () => {
    const experimentKey = await running();
    const unit = { userId: await userOf(experimentKey, 'green') };
    const { page, leave } = await show('/harmful', { experimentKey, unit });
    await page.getByText('colourful').waitFor();
    await shop.api.done('rollbackExperiment', { key: experimentKey, reason: 'harm' }, '{ experiment { key } }');
    await page.getByText('plain').waitFor();
    await leave();
  });
});
