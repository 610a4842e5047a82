import pg from 'pg';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sendPopulation } from '../setup/population.js';
import { signIn } from './browser.js';
import { describeDashboard } from './describe-dashboard.js';

describeDashboard('what can be done to an experiment from its page', ({ service, open }) => {
  async function onPageOf(key: string, more: object, work: (page: Page) => Promise<void>) {
    const input = {
      key,
      name: `Experiment ${key}`,
      variants: [
        { key: 'control', weight: 0.5 },
        { key: 'treatment', weight: 0.5 },
      ],
      metrics: { primary: { key: `${key}.order`, type: 'CONVERSION' } },
      ...more,
    };
    await service().ask('mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { key } } }', { input });
    const { page, faults, close } = await open();
    await signIn(page, service().secrets.admin);
    await page.getByRole('link', { name: input.name }).click();
    await work(page);
    expect(faults).toEqual([]);
    await close();
  }

  const dialogOf = (page: Page) => page.getByRole('dialog');
  const button = (page: Page, name: string) => page.locator('[data-actions]').getByRole('button', { name, exact: true });

  /** Opens the dialog of an action in the menu. */
  async function choose(page: Page, name: string) {
    await button(page, 'More actions').click();
    await page.getByRole('menuitem', { name }).click();
  }
  async function confirm(page: Page, name: string) {
    await dialogOf(page).getByRole('button', { name, exact: true }).click();
    await dialogOf(page).waitFor({ state: 'hidden' });
  }

  const weightsOn = (page: Page) => page.locator('[data-weight]').allTextContents();

  const stateOf = async (key: string) =>
    (
      await service().ask(
        'query ($key: ID!) { experiment(key: $key) { status shippedVariant trafficAllocation allocation { trafficAllocation } } }',
        { key },
      )
    ).experiment;

  test('a start without a dry run is warned of before and after, and its traffic is set', async () => {
    await onPageOf('unwarned', {}, async (page) => {
      await button(page, 'Start').click();
      await dialogOf(page).getByText('There was no dry run').waitFor();
      await confirm(page, 'Start');
      await page.getByText('Start: done').waitFor();
      await page.getByRole('alert').getByText('There was no dry run').waitFor();

      await choose(page, 'Set traffic');
      await dialogOf(page).getByLabel('Share of eligible units').fill('25');
      await confirm(page, 'Set traffic');
      await page.getByText('Set traffic: done').waitFor();
      expect(await stateOf('unwarned')).toMatchObject({ status: 'RUNNING', allocation: { trafficAllocation: 0.25 } });
    });
  });

  test('one that was stopped ships a variant later, and leaves the list when it is archived', async () => {
    await onPageOf('shipped', {}, async (page) => {
      await button(page, 'Start').click();
      await confirm(page, 'Start');
      await button(page, 'Stop').click();
      await confirm(page, 'Stop');
      await page.getByText('nothing shipped').waitFor();
      expect(await weightsOn(page)).toEqual(Array(2).fill('–unknown: Stopped: every unit gets the control'));
      expect(await stateOf('shipped')).toMatchObject({ status: 'STOPPED', shippedVariant: null });

      await button(page, 'Ship a variant').click();
      await dialogOf(page).getByText('The experiment stays ended').waitFor();
      await dialogOf(page).getByRole('combobox', { name: 'Ship' }).click();
      await page.getByRole('option', { name: 'treatment' }).click();
      await confirm(page, 'Ship');
      await page.getByText('treatment shipped').waitFor();
      expect(await stateOf('shipped')).toMatchObject({ status: 'STOPPED', shippedVariant: 'treatment' });
      expect(await weightsOn(page)).toEqual(['0%', '100%']);

      await choose(page, 'Archive');
      await confirm(page, 'Archive');
      await page.getByText('Archived', { exact: true }).waitFor();
      expect(await weightsOn(page)).toEqual(Array(2).fill('–unknown: Archived: no variant is served'));
      await page.getByRole('link', { name: '← Experiments' }).click();
      await page.getByRole('link', { name: 'Experiment unwarned' }).waitFor();
      expect(await page.getByRole('link', { name: 'Experiment shipped' }).count()).toBe(0);
    });
  });

  test('a draft is deleted, and the list is shown', async () => {
    await onPageOf('thrown-away', {}, async (page) => {
      await choose(page, 'Delete');
      await confirm(page, 'Delete');
      await page.getByRole('heading', { name: 'Experiments', exact: true }).waitFor();
      expect(await stateOf('thrown-away')).toBeNull();
    });
  });

  test('a bandit that was halted goes on when a person says so', async () => {
    const bandit = { intervalSeconds: 5 };
    await onPageOf('halted', { design: 'BANDIT', bandit }, async (page) => {
      await button(page, 'Start').click();
      await confirm(page, 'Start');
      // An hour ago the treatment converted at a tenth of what it will now.
      const client = new pg.Client({ connectionString: service().env.DATABASE_URL });
      await client.connect();
      await client.query(
        `insert into cohort_total (experiment_id, period, variant, hour, shard, units, sum_x, sum_x2)
        select id, 1, variant, date_trunc('hour', now()) - interval '1 hour', 0, 2000, conversions, conversions
        from experiment, (values ('control', 200), ('treatment', 60)) as past (variant, conversions) where key = 'halted'`,
      );
      await client.end();
      const rates = { control: 0.1, treatment: 0.3 };
      await sendPopulation(service(), { experimentKey: 'halted', metric: 'halted.order', rates, units: 2_400, prefix: 'h' });

      await button(page, 'Resume the bandit').waitFor();
      await service().ask('mutation { evaluateExperiment(key: "halted") { evaluation { decision } } }');
      const decision = page.locator('[data-decision]');
      await decision.getByText(/^2 alerts are open: .*Bandit halted/).waitFor();

      await button(page, 'Resume the bandit').click();
      await confirm(page, 'Resume the bandit');
      await button(page, 'Resume the bandit').waitFor({ state: 'detached' });
      await decision.getByText('alerts are open').waitFor({ state: 'detached' });
      const { experiment } = await service().ask(
        '{ experiment(key: "halted") { status alerts(first: 10) { nodes { kind resolvedAt } } } }',
      );
      expect(experiment.status).toBe('RUNNING');
      expect(experiment.alerts.nodes).toEqual(expect.arrayContaining([{ kind: 'BANDIT_HALTED', resolvedAt: expect.any(String) }]));
    });
  });
});
