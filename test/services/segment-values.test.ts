import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultEvaluation } from '../../src/core/definition.js';
import { readSegments } from '../../src/postgres/segment-totals.js';
import { sampleInput } from '../core/samples.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { compareWithOracle } from '../setup/oracle.js';
import { createDatabase } from '../setup/stores.js';

/** An attribute with a value for each unit costs no more than one with a few. */

const most = 5;
const key = 'cities';
let one: ReturnType<typeof createInstance>;
let two: ReturnType<typeof createInstance>;

beforeAll(async () => {
  const url = await createDatabase();
  one = createInstance(url, { mostSegmentValues: most });
  two = createInstance(url, { mostSegmentValues: most });
  await one.registry.refresh();
  await one.experiments.create(command, sampleInput({ key, evaluation: { ...defaultEvaluation, segments: ['city', 'plan'] } }));
  await one.lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
  await two.registry.refresh();
});
afterAll(async () => {
  await one.close();
  await two.close();
});

const occurredAt = new Date().toISOString();

/** An exposure for each variant, of which one is right. */
const claims = (userId: string, attributes: Record<string, unknown>) =>
  ['control', 'green'].map((variant) => ({
    eventId: `${userId} ${variant}`,
    experimentKey: key,
    unit: { userId, attributes, isBot: false },
    variant,
    occurredAt,
  }));

async function valuesOf(attribute: string): Promise<string[]> {
  const { rows } = await one.pool.query('select distinct segment from version_units where segment like $1 order by 1', [`${attribute}=%`]);
  return rows.map(({ segment }) => segment.slice(attribute.length + 1));
}

test('the first values are told apart and the others counted as one, whichever instance a unit comes to', async () => {
  // A hundred cities at once, each at both instances, in another order.
  const cities = Array.from({ length: 100 }, (_, n) => `city-${n}`);
  const at = (instance: typeof one, list: readonly string[]) =>
    Promise.all(
      list.map((city) =>
        instance.events.track(sender, { exposures: claims(`${city} ${instance === one ? 1 : 2}`, { city, plan: 'free' }), events: [] }),
      ),
    );
  await Promise.all([at(one, cities), at(two, [...cities].reverse())]);
  const values = await valuesOf('city');
  expect(values).toHaveLength(most + 1);
  expect(values).toContain('(other)');
  expect(await valuesOf('plan')).toEqual(['free']);

  // Each of those that are told apart was so for both of its units.
  const { rows } = await one.pool.query('select segments[1] as city, count(*)::int as units from unit_exposure group by 1 order by 1');
  expect(rows).toEqual(values.map((city) => ({ city: `city=${city}`, units: city === '(other)' ? 2 * (100 - most) : 2 })).sort(byCity));

  // What is known already is told apart for ever, none is no value, and the whole is still the sum of its parts.
  const [known = ''] = values.filter((value) => value !== '(other)');
  await two.events.track(sender, {
    exposures: [...claims('later', { city: known, plan: 'pro' }), ...claims('nowhere', { plan: 'pro' })],
    events: [],
  });
  expect(await valuesOf('city')).toEqual([...values, ''].sort());
  const { arms, segments } = (await readSegments(one.pool, one.registry.byKey(key) as never)) ?? { arms: [], segments: [] };
  const unitsOf = (list: readonly { readonly units: number }[]) => list.reduce((sum, { units }) => sum + units, 0);
  for (const attribute of ['city', 'plan']) {
    const parts = segments.filter((segment) => segment.attribute === attribute);
    expect(parts.reduce((sum, part) => sum + unitsOf(part.arms), 0)).toBe(unitsOf(arms));
  }
  expect(unitsOf(arms)).toBe(202);
  const { live, oracle } = await compareWithOracle(one.pool);
  expect(live).toEqual(oracle);
});

const byCity = (a: { city: string }, b: { city: string }) => (a.city < b.city ? -1 : 1);
