import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sendPopulation } from '../setup/population.js';
import { signIn } from './browser.js';
import { describeDashboard } from './describe-dashboard.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds that keeps somebody from using the page, as "rule: first place". */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { failureSummary: string; html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.failureSummary} ${nodes[0]?.html}`);
}

describeDashboard('watching an experiment and acting on it', ({ service, open }) => {
  const halves = [
    { key: 'control', weight: 0.5 },
    { key: 'treatment', weight: 0.5 },
  ];

  async function make(key: string, more: object = {}) {
    const input = {
      key,
      name: `Experiment ${key}`,
      variants: halves,
      metrics: { primary: { key: `${key}.order`, type: 'CONVERSION' } },
      ...more,
    };
    await service().ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
  }

  const row = (page: Page, variant: string) => page.getByRole('row', { name: new RegExp(`^${variant}\\b`) }).first();

  test('a wrong key, and one that may not see results, are told apart; a revoked one leads back to the door', async () => {
    const { page, close } = await open();
    await signIn(page, 'bw_nobody');
    await page.getByText('This key is not valid').waitFor();
    await signIn(page, service().secrets.client);
    await page.getByText('This key may not see results').waitFor();
    const { createApiKey } = await service().ask('mutation { createApiKey(name: "guest", scope: READ) { secret apiKey { id } } }');
    await signIn(page, createApiKey.secret);
    await page.getByRole('heading', { name: 'Experiments', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: /New/ }).count()).toBe(0);
    await make('seen');
    await page.getByRole('link', { name: 'Experiment seen' }).click();
    await page.getByText('Your key may look, not act').waitFor();
    await service().ask('mutation ($id: ID!) { revokeApiKey(id: $id) { apiKey { id } } }', { id: createApiKey.apiKey.id });
    await page.getByText('Your key is no longer accepted').waitFor();
    await close();
  });

  test('from start to decision: numbers move by themselves, the plan says ship, a person rolls back', async () => {
    await make('live', { evaluation: { schedule: 'every_5s' } });
    const { page, faults, close } = await open();
    await signIn(page, service().secrets.admin);
    await page.getByRole('link', { name: 'Experiment live' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('The plan is registered').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('Running', { exact: true }).waitFor();

    const served = await sendPopulation(service(), {
      experimentKey: 'live',
      metric: 'live.order',
      rates: { control: 0.1, treatment: 0.3 },
      units: 1_200,
      prefix: 'd',
    });
    // Nobody reloads: the counts and the decision come over the socket.
    await row(page, 'treatment')
      .getByText((served.treatment ?? 0).toLocaleString('en'), { exact: true })
      .waitFor();
    await page.getByText('Ship treatment').waitFor();
    await service().ask('mutation { toggleVariant(key: "live", variant: "treatment", enabled: false) { experiment { key } } }');
    await page.getByText('treatment is switched off: nobody but a person ships it.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Roll back', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Support is overrun');
    await dialog.getByRole('button', { name: /Roll back/ }).click();
    await page.getByText('Rolled back', { exact: true }).first().waitFor();
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByText('“Support is overrun”').waitFor();
    const { experiment } = await service().ask('{ experiment(key: "live") { status } }');
    expect(experiment.status).toBe('ROLLED_BACK');
    expect(faults).toEqual([]);
    await close();
  });

  test('a chart says that it is loading for as long as it is', async () => {
    await make('slow');
    await service().ask('mutation { startExperiment(key: "slow") { experiment { key } } }');
    const { page, close } = await open();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/graphql', async (route) => {
      if (/query EffectHistory/.test(route.request().postData() ?? '')) await answered;
      await route.continue();
    });
    await signIn(page, service().secrets.read);
    await page.getByRole('link', { name: 'Experiment slow' }).click();
    await page.getByText('Loading…', { exact: true }).waitFor();
    await page.getByRole('img', { name: 'Effect over time. Loading…' }).waitFor();
    expect(await page.getByText('The first evaluation draws the first point').count()).toBe(0);
    answer();
    await page.getByText('The first evaluation draws the first point').waitFor();
    await close();
  });

  test('a lost connection is shown with the age of the data, and what was missed is there after it', async () => {
    await make('cut');
    await service().ask('mutation { startExperiment(key: "cut") { experiment { key } } }');
    const { page, close } = await open();
    await signIn(page, service().secrets.admin);
    await page.getByRole('link', { name: 'Experiment cut' }).click();
    await page.locator('[data-connection=live]').waitFor();
    await page.context().setOffline(true);
    await page.getByText(/^Reconnecting · data .* old$/).waitFor();
    const served = await sendPopulation(service(), { experimentKey: 'cut', metric: 'cut.order', rates: {}, units: 100, prefix: 'c' });
    await page.context().setOffline(false);
    await page.locator('[data-connection=live]').waitFor();
    await row(page, 'control').getByText(String(served.control), { exact: true }).waitFor();
    await close();
  });

  test.each([
    ['dark on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
    ['light on a wide screen', { colorScheme: 'light', viewport: { width: 2560, height: 1440 } }],
  ] as const)('is whole and readable: %s', async (_, options) => {
    const key = `seen-${options.colorScheme}`;
    await make(key, { evaluation: { schedule: 'every_5s' } });
    await service().ask('mutation ($key: ID!) { startExperiment(key: $key) { experiment { key } } }', { key });
    await sendPopulation(service(), {
      experimentKey: key,
      metric: `${key}.order`,
      rates: { control: 0.1, treatment: 0.3 },
      units: 600,
      prefix: key,
    });
    const { page, faults, close } = await open(options);
    await signIn(page, service().secrets.read);
    await page.getByRole('link', { name: `Experiment ${key}` }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('link', { name: `Experiment ${key}` }).click();
    await page.getByText('Ship treatment').waitFor();
    // Nothing is wider than the screen.
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });
});
