/**
 * Shows what the service does, through its public API alone: an A/B test and a bandit, and visitors whose true rates are known.
 * Within two minutes weights move and a decision falls.
 */
import { parseArgs } from 'node:util';
import { type ApiClient, createClient } from './client.js';
import { createProgress } from './progress.js';
import { settingsOf } from './settings.js';
import { createVisitors, type Rates } from './visitors.js';

const help = `npm run demo -- [options]

Makes an A/B test and a bandit on a running server and sends them visitors whose true conversion rates are known.

  --url URL         the server (default: http://127.0.0.1:4000, or as HOST and PORT say)
  --key KEY         a key of scope ADMIN (default: BELLWETHER_ADMIN_KEY, or the one that the embedded server made)
  --seconds N       longest time to send visitors, 10 to 3600 (default: 110)
  --rate N          visitors a second, 1 to 10000 (default: 120)
  --seed N          seed of the visitors' behaviour (default: 1)
  --help            this text`;

/** True conversion rates, by variant. */
const checkoutRates: Rates = { control: 0.1, 'one-page': 0.13 };
const bannerRates: Rates = { plain: 0.05, seasonal: 0.08, personal: 0.15 };

interface View {
  readonly checkout: {
    readonly results: {
      readonly decision: string;
      readonly winner: string | null;
      readonly summary: string;
      readonly comparisons: readonly { readonly lift: number | null; readonly pValue: number | null }[];
    } | null;
  };
  readonly banner: {
    readonly allocation: { readonly version: number; readonly weights: readonly { readonly variant: string; readonly weight: number }[] };
  };
}

const viewDocument = `query Demo($checkout: ID!, $banner: ID!) {
  checkout: experiment(key: $checkout) { results { decision winner summary comparisons(role: PRIMARY) { lift pValue } } }
  banner: experiment(key: $banner) { allocation { version weights { variant weight } } }
}`;

const createDocument = `mutation DemoCreate($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }`;
const startDocument = `mutation DemoStart($key: ID!) { startExperiment(key: $key) { experiment { status } } }`;

async function makeExperiments(api: ApiClient): Promise<{ checkout: string; banner: string }> {
  const suffix = new Date().toISOString().replace(/\D/g, '').slice(2, 14);
  const checkout = `demo-checkout-${suffix}`;
  const banner = `demo-banner-${suffix}`;
  const variantsOf = (rates: Rates) => Object.keys(rates).map((key, _, all) => ({ key, weight: 1 / all.length }));
  const inputs = [
    {
      key: checkout,
      name: 'Demo: one-page checkout',
      hypothesis: 'A checkout on one page loses fewer people than one on three.',
      tags: ['demo'],
      variants: variantsOf(checkoutRates),
      metrics: { primary: { key: 'demo.order', type: 'CONVERSION' } },
      evaluation: { schedule: 'every_5s' },
    },
    {
      key: banner,
      name: 'Demo: banner',
      hypothesis: 'One of three banners is clicked most; traffic should find it by itself.',
      tags: ['demo'],
      design: 'BANDIT',
      variants: variantsOf(bannerRates),
      metrics: { primary: { key: 'demo.click', type: 'CONVERSION' } },
      evaluation: { schedule: 'every_10s' },
      bandit: { intervalSeconds: 5 },
    },
  ];
  for (const input of inputs) {
    await api(createDocument, { input });
    await api(startDocument, { key: input.key });
  }
  return { checkout, banner };
}

function describe({ checkout: { results }, banner }: View): string {
  const weights = banner.allocation.weights.map(({ variant, weight }) => `${variant} ${(weight * 100).toFixed(0)}%`).join(' · ');
  const lift = results?.comparisons[0]?.lift;
  const effect = lift === null || lift === undefined ? '' : ` (${lift > 0 ? '+' : ''}${(lift * 100).toFixed(0)}%)`;
  return `checkout: ${results?.decision ?? 'waiting'}${effect} | banner: ${weights}`;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(help);
  const { url: server, key } = settingsOf(values);
  if (key === null) throw new Error('No key: give one of scope ADMIN with --key or BELLWETHER_ADMIN_KEY.');
  const seconds = wholeNumber('--seconds', values.seconds ?? '110', 10, 3_600);
  const perSecond = wholeNumber('--rate', values.rate ?? '120', 1, 10_000);
  const seed = wholeNumber('--seed', values.seed ?? '1', 0, 2 ** 31);
  const api = createClient({ url: server, key });

  const keys = await makeExperiments(api);
  console.error(
    `Made ${keys.checkout} (true rates ${ratesText(checkoutRates)}) and ${keys.banner} (${ratesText(bannerRates)}) on ${server}.`,
  );
  const progress = createProgress(process.stderr, seconds, 's');
  const visitors = createVisitors({
    api,
    seed,
    perSecond,
    experiments: [
      { key: keys.checkout, metric: 'demo.order', rates: checkoutRates },
      { key: keys.banner, metric: 'demo.click', rates: bannerRates },
    ],
  });

  let view: View | null = null;
  let decidedAt: number | null = null;
  const began = Date.now();
  for (;;) {
    const elapsed = (Date.now() - began) / 1_000;
    // Half a minute at least, so that the bandit is seen to move; then until the decision has fallen.
    if (elapsed >= seconds || (decidedAt !== null && elapsed >= Math.min(30, seconds))) break;
    await visitors.sendFor(1_000);
    view = await api<View>(viewDocument, { ...keys });
    if (view.checkout.results?.decision === 'SHIP') decidedAt ??= (Date.now() - began) / 1_000;
    progress.update((Date.now() - began) / 1_000, `${visitors.sent()} visitors | ${describe(view)}`);
  }
  progress.end();
  report(view, visitors.sent(), decidedAt);
}

function report(view: View | null, sent: number, decidedAt: number | null): void {
  console.log(`Visitors: ${sent}`);
  console.log(
    `A/B test: ${view?.checkout.results?.summary ?? 'not evaluated yet'}${decidedAt === null ? '' : ` Decided after ${decidedAt.toFixed(0)} s.`}`,
  );
  const { weights = [], version = 0 } = view?.banner.allocation ?? {};
  console.log(
    `Bandit:   ${weights.map(({ variant, weight }) => `${variant} ${(weight * 100).toFixed(1)}%`).join(', ')} after ${version - 1} moves.`,
  );
}

function ratesText(rates: Rates): string {
  return Object.entries(rates)
    .map(([variant, rate]) => `${variant} ${(rate * 100).toFixed(0)}%`)
    .join(', ');
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name}: received ${JSON.stringify(text)}; expected a whole number from ${min} to ${max}.`);
}

run().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
