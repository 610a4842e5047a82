import { evaluate } from '../../src/core/evaluation.js';
import type { Definition, MetricDefinition } from '../../src/core/experiment.js';
import { bernoulli, emptyTotals, normalValues, type Population, sumsOf } from '../../src/core/simulation/populations.js';
import { look, metric, plan } from '../core/totals.js';
import { claimRow } from './claims.js';
import { atMost, inRange } from './judgements.js';
import { alpha } from './methods.js';
import { revenue } from './revenue.js';
import { createTally, type Row, type Study, sumIn, type Tally } from './study.js';
import { clicksOverSessions, usersOfTenants } from './unit-populations.js';
import { cupedRow, segmentsRow } from './variance-reduction.js';
import { claims } from './walk.js';

const tenantCount = 20;
const tenantSize = 50;
const tenantCorrelation = 0.05;

/** FREQUENTIST_T_TEST with a single look: what each kind of value and each design makes of the fixed test. */
export const fixedTests: Study = {
  name: 'fixed-test',
  title: 'One fixed test under A/A',
  note: 'FREQUENTIST_T_TEST read once: kinds of values, randomised tenants, variance reduction, ratios.',
  columns: ['case', 'units an arm'],
  rows: [
    kindRow('normal', 5000, normalValues(10, 3), [0.0449, 0.0551], 1),
    kindRow('conversion 5%', 5000, bernoulli(0.05), [0.0449, 0.0551], 1),
    kindRow('revenue, all pay (log-normal, sigma 1)', 5000, revenue(1, 1, 20), [0.04, 0.056], 8),
    kindRow('revenue, 10% pay', 5000, revenue(0.1, 1, 2), [0.04, 0.056], 2),
    tenantRow(),
    userRow(),
    fewClustersRow(),
    cupedRow(),
    segmentsRow(),
    ratioRow(),
    sessionRow(),
  ],
};

function onePlan(changes: Partial<MetricDefinition>): Definition {
  return plan({ method: 'FREQUENTIST_T_TEST', maxPeeks: 1, minSampleSize: 2 }, [metric(changes)]);
}

/** Both arms from one population. */
function sameArms(key: string, unitsPerArm: number, populations: readonly Population[], runs: readonly [number, number], effort: number) {
  const setting = {
    definition: onePlan({ type: populations[0]?.type ?? 'CONTINUOUS' }),
    populations: { purchase: populations },
    batch: 2 * unitsPerArm,
    looks: 1,
    isDealt: true,
  };
  return { ...claimRow(key, setting, runs), effort };
}

function kindRow(kind: string, unitsPerArm: number, population: Population, range: readonly [number, number], effort: number): Row {
  return {
    ...sameArms(kind, unitsPerArm, [population, population], [20_000, 3000], effort),
    judge: (tally, runs) => [inRange([kind, `${unitsPerArm}`], sumIn(tally, 'claims'), runs, range, 20_000)],
  };
}

/** The product counts what is randomised, and a tenant's value is the sum over its users: normal, with the variance of sums that share a part. */
function tenantRow(): Row {
  const deviation = Math.sqrt(tenantSize ** 2 * tenantCorrelation + tenantSize * (1 - tenantCorrelation));
  const population = normalValues(0, deviation);
  return {
    ...sameArms('tenants', tenantCount, [population, population], [10_000, 3000], 1),
    judge: (tally, runs) => [inRange(['tenants of 50 users, ICC 0.05', '20'], sumIn(tally, 'claims'), runs, [0.0428, 0.0572], 10_000)],
  };
}

function userRow(): Row {
  const population = usersOfTenants(tenantSize, tenantCorrelation);
  return {
    ...sameArms('users', tenantCount * tenantSize, [population, population], [10_000, 2000], 1),
    judge: (tally, runs) => [inRange(['(naive: users of those tenants)', '1000'], sumIn(tally, 'claims'), runs, [0.2, 1], 10_000)],
  };
}

function fewClustersRow(): Row {
  return {
    ...sameArms('few', 4, [normalValues(0, 1), normalValues(0, 2)], [20_000, 3000], 1),
    judge: (tally, runs) => [atMost(['4 clusters, variances 1:4', '4'], sumIn(tally, 'claims'), runs, alpha)],
  };
}

/** Clicks a session where users are randomised. */
function ratioRow(): Row {
  const population = clicksOverSessions(0.2, 4);
  const labels = ['clicks a session (RATIO)', '1000'];
  return {
    ...sameArms('ratio', 1000, [population, population], [10_000, 1000], 8),
    judge: (tally, runs) => [atMost(labels, sumIn(tally, 'claims'), runs, alpha)],
  };
}

/** The same clicks as if each session had been randomised, for its false positives. */
function sessionRow(): Row {
  const population = clicksOverSessions(0.2, 4);
  const definition = onePlan({});
  return {
    key: 'sessions',
    runs: [10_000, 1000],
    effort: 8,
    simulate(random, runs): Tally {
      const tally = createTally();
      for (let run = 0; run < runs; run++) {
        const arms = ['control', 'green'].map((variant) => {
          const totals = emptyTotals();
          population.add(random, totals, 1000);
          const asConversions = { ...emptyTotals(), converted: totals.sum, sum: totals.sum, squares: totals.sum };
          return { variant, period: 1, units: totals.secondSum, metrics: { purchase: sumsOf(asConversions) } };
        });
        tally.add('claims', claims(evaluate(look(definition, arms, { versions: [] }))));
      }
      return tally.result();
    },
    judge: (tally, runs) => [inRange(['(naive: sessions of those users)', '1000'], sumIn(tally, 'claims'), runs, [0.1, 1], 10_000)],
  };
}
