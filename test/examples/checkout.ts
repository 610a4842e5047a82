import { readFileSync } from 'node:fs';
import { openShop } from '../sdk/shop.js';

/** A service with the experiment that most of the examples speak of, running. */
export async function openCheckout(environment?: Record<string, string>) {
  const shop = await openShop(environment);

  /** Starts the experiment of one of the files. */
  async function start(key: string): Promise<void> {
    const input = JSON.parse(readFileSync(new URL(`../../examples/${key}.json`, import.meta.url), 'utf8'));
    await shop.api.done('applyExperiment', { input }, '{ outcome }');
    await shop.api.done('startExperiment', { key }, '{ experiment { status } }');
  }

  await start('checkout');
  return {
    service: shop.service,
    serverKey: shop.serverKey,
    start,
    countsOf: shop.counts,
    counts: () => shop.counts('checkout'),

    /** Resolves when so many events of the experiment are counted. */
    async counted(events: number): Promise<void> {
      const counts = shop.service.subscribe('subscription { countsUpdated(experimentKeys: ["checkout"]) { variants { events } } }');
      for (let total = 0; total < events; ) {
        const { variants } = (await counts.next()).countsUpdated;
        total = variants.reduce((sum: number, each: { events: number }) => sum + each.events, 0);
      }
      await counts.close();
    },
  };
}

export type Checkout = Awaited<ReturnType<typeof openCheckout>>;
