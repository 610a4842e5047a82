import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { chromiumPath, type OpenedPage, openPage, startBrowser } from './browser.js';

export interface Dashboard {
  /** Has stores of its own; from the first test on. */
  service(): RunningService;
  /** A page on it; every other host is a fault. */
  open(options?: BrowserContextOptions): Promise<OpenedPage>;
}

/** Tests in a browser in front of a service that these tests alone use; left out where there is no browser. */
export function describeDashboard(title: string, tests: (dashboard: Dashboard) => void): void {
  describe.skipIf(chromiumPath === null)(title, () => {
    let browser: Browser;
    let service: RunningService;
    beforeAll(async () => {
      [browser, service] = [await startBrowser(), await startService()];
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await service?.remove();
    });
    tests({ service: () => service, open: (options) => openPage(browser, service.url, options) });
  });
}
