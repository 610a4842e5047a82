import { expect, test } from 'vitest';
import { signIn } from './browser.js';
import { describeDashboard } from './describe-dashboard.js';

describeDashboard('the dry run of an experiment', ({ service, open }) => {
  test('is shown with what is missing and what to do, and as it ended once it has', async () => {
    const input = {
      key: 'dry',
      name: 'Dry',
      variants: [
        { key: 'control', weight: 0.5 },
        { key: 'treatment', weight: 0.5 },
      ],
      metrics: { primary: { key: 'order', type: 'CONVERSION' } },
    };
    await service().ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
    const { page, close } = await open();
    await signIn(page, service().secrets.read);
    await page.getByRole('link', { name: 'Dry', exact: true }).click();
    await page.getByText('Before you start').waitFor();
    expect(await page.locator('[data-dry-run]').count()).toBe(0);

    const start = 'mutation ($dryRun: Boolean) { startExperiment(key: "dry", dryRun: $dryRun) { warnings { code } } }';
    await service().ask(start, { dryRun: true });
    await page.locator('[data-dry-run="RUNNING"]').waitFor();
    await page.getByText('It has run for 0.0 hours of 24.').waitFor();
    await page.getByText('Let it run through a whole day').waitFor();

    await service().ask(start, { dryRun: false });
    await page.locator('[data-dry-run="INCOMPLETE"]').waitFor();
    await close();
  });
});
