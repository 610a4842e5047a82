import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn } from './browser.js';
import { describeDashboard } from './describe-dashboard.js';

/** The section with name and key, which variants and metrics have too. */
const basics = (page: Page) => page.getByRole('region', { name: 'The experiment' });

describeDashboard('creating and changing an experiment', ({ service, open }) => {
  const definitionOf = async (key: string) =>
    (await service().ask('query ($key: ID!) { experiment(key: $key) { definition } }', { key })).experiment.definition;

  async function onForm(work: (page: Page) => Promise<void>) {
    const { page, faults, close } = await open();
    await signIn(page, service().secrets.admin);
    await page.getByRole('link', { name: /New/ }).click();
    await work(page);
    expect(faults).toEqual([]);
    await close();
  }

  test('a wrong sum of weights is told where it is, corrected by one button, and the draft is created', async () => {
    await onForm(async (page) => {
      await page.getByRole('button', { name: /^Front-end layout/ }).click();
      await basics(page).getByRole('textbox', { name: 'Name' }).fill('Shorter checkout');
      await expect.poll(() => basics(page).getByRole('textbox', { name: 'Key' }).inputValue()).toBe('shorter-checkout');

      await page.getByLabel('Weight', { exact: true }).first().fill('30');
      await page.getByText('80 %', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Create draft' }).click();
      await page
        .getByText(/sum to/i)
        .nth(1)
        .waitFor();
      expect(await page.getByRole('button', { name: 'Create draft' }).isDisabled()).toBe(true);

      await page.getByRole('button', { name: 'Even weights' }).click();
      await page.getByText('100 %', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Create draft' }).click();
      await page.waitForURL('**/experiments/shorter-checkout');
    });
    expect(await definitionOf('shorter-checkout')).toMatchObject({
      name: 'Shorter checkout',
      hashKey: 'deviceId',
      variants: [
        { key: 'current', weight: 0.5, isControl: true },
        { key: 'redesign', weight: 0.5 },
      ],
    });
  });

  test('targeting answers for a unit, and the power calculator while one types', async () => {
    await onForm(async (page) => {
      await page.getByRole('button', { name: /^A\/B test/ }).click();
      await basics(page).getByRole('textbox', { name: 'Name' }).fill('Only US');
      await basics(page).getByRole('textbox', { name: 'Key' }).fill('only-us');
      await page.getByRole('region', { name: 'Metrics' }).getByRole('textbox', { name: 'Key' }).fill('order');

      const included = page.getByRole('group', { name: 'All of these hold' });
      await included.getByRole('button', { name: 'Add a condition' }).click();
      await included.getByLabel('Attribute').fill('region');
      await included.getByLabel('Value').fill('US');
      const tryIt = page.getByRole('group', { name: 'Try it' });
      await tryIt.getByLabel('userId').fill('somebody');
      await tryIt.getByText('not eligible').waitFor();
      await tryIt.getByLabel('Attributes').fill('{"region": "US"}');
      await tryIt.getByText('drawn by the split').waitFor();

      await page.getByLabel('Smallest effect that matters').fill('10');
      const power = page.getByRole('group', { name: 'Power calculator' });
      await power.getByLabel('Rate of the control').fill('5');
      await power.getByLabel('New units a day').fill('4000');
      const { totalUnits } = (
        await service().ask(
          '{ power(input: { metricType: CONVERSION, baseline: 0.05, minimumEffect: 0.1, unitsPerDay: 4000 }) { totalUnits } }',
        )
      ).power;
      await power.getByText(new RegExp(`${totalUnits.toLocaleString('en-US').replaceAll(',', '.?')} in all`)).waitFor();
      await power.getByRole('button', { name: 'Register as the horizon' }).click();
      // Looks that are used up are not to come every minute.
      await page.getByRole('combobox', { name: 'Method' }).click();
      await page.getByRole('option', { name: 'Group sequential' }).click();
      await expect.poll(() => page.getByRole('textbox', { name: 'Schedule' }).inputValue()).toBe('daily_0000_utc');
      await page.getByRole('button', { name: 'Create draft' }).click();
      await page.waitForURL('**/experiments/only-us');
      expect(await definitionOf('only-us')).toMatchObject({
        targeting: { include: ['region:US'] },
        evaluation: { horizonUnits: totalUnits, method: 'GROUP_SEQUENTIAL', schedule: 'daily_0000_utc' },
      });
    });
  });

  test('a file of the older shape is imported as it is, with a word about what it leaves open', async () => {
    await onForm(async (page) => {
      const content = readFileSync(new URL('../api/example-experiment.json', import.meta.url));
      await page.locator('input[type=file]').setInputFiles({ name: 'example.json', mimeType: 'application/json', buffer: content });
      await page.getByText('status is ignored').waitFor();
      await page.getByRole('button', { name: 'Create draft' }).click();
      await page.waitForURL('**/experiments/exp-checkout-flow-v3');
    });
    expect(await definitionOf('exp-checkout-flow-v3')).toMatchObject({ salt: 'prod-experiment-2024-q3', trafficAllocation: 0.25 });
  });

  test('what the start has fixed is locked, the rest is changed', async () => {
    const variants = [
      { key: 'a', weight: 0.5 },
      { key: 'b', weight: 0.5 },
    ];
    const input = { key: 'running', name: 'Running', variants, metrics: { primary: { key: 'order', type: 'CONVERSION' } } };
    await service().ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
    await service().ask('mutation { startExperiment(key: "running") { experiment { key } } }');
    const { page, faults, close } = await open();
    await signIn(page, service().secrets.admin);
    await page.getByRole('link', { name: 'Running' }).waitFor();
    await page.goto('/experiments/running/edit');
    await basics(page).getByRole('textbox', { name: 'Name' }).fill('Running on');
    expect(await page.getByRole('button', { name: 'Add a variant' }).isDisabled()).toBe(true);
    expect(await page.getByRole('combobox', { name: 'Method' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForURL('**/experiments/running');
    expect(await definitionOf('running')).toMatchObject({ name: 'Running on' });
    expect(faults).toEqual([]);
    await close();
  });
});
