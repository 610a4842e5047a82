import { createElement } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { type Bootstrap, type Client, type ClientUnit, createClient } from '../../src/sdk/index.js';
import { Shop } from './react-shop.js';

/** What runs in the browser. */

/** What the server writes into the page. */
export interface PageSetting {
  readonly url: string;
  readonly key: string;
  readonly experimentKey: string;
  readonly unit?: ClientUnit;
  readonly bootstrap?: Bootstrap;
  readonly whileLoading?: 'suspend' | 'fallback';
  readonly readyTimeoutMs?: number;
}

/** What the test reads there. */
export interface PageGlobals {
  setting: PageSetting;
  client: Client;
  /** Texts that were on the screen, one after another. */
  texts: string[];
}

const globals = globalThis as unknown as PageGlobals & { readonly document: Page };
interface Page {
  readonly body: { readonly dataset: Record<string, string> };
  getElementById(id: string): never;
}

const { experimentKey, bootstrap, whileLoading, ...options } = globals.setting;
const client = createClient({ ...options, ...(bootstrap ? { bootstrap } : {}) });
globals.client = client;
const shop = createElement(Shop, {
  client,
  experimentKey,
  ...(bootstrap ? { bootstrap } : {}),
  ...(whileLoading ? { whileLoading } : {}),
  onShown: () => {
    globals.document.body.dataset.live = 'yes';
  },
});
const root = globals.document.getElementById('root');
if (bootstrap) hydrateRoot(root, shop);
else createRoot(root).render(shop);
