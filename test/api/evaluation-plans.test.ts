import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical-json.js';
import { type Comparison, type EvaluationResult, evaluate } from '../../src/core/evaluation.js';
import { createPool } from '../../src/postgres/database.js';
import { createReads } from '../../src/postgres/reads.js';
import { differenceOf } from '../plain/comparisons.js';
import { type RunningService, startService } from '../setup/service.js';
import { expectComparison, expectNear, expectPosterior } from './expect-comparison.js';
import { type ExpectedPosterior, posteriorsOf } from './expected-posteriors.js';
import { type Arms, decisionOf, expectedOf, strataOf, verdictsOf } from './expected-results.js';
import { createCaller } from './operations.js';
import { horizonUnits, lossThreshold, plans } from './shopper-plans.js';
import { type MetricKey, makeShoppers, regions, type Shopper, sendShoppers, shopperMetrics } from './shoppers.js';

/** Every method with every kind of metric as the one that decides, through the API, against textbook formulae over all units. */

const variants = ['control', 'green', 'blue'];
const metricKeys = Object.keys(shopperMetrics) as MetricKey[];
const [first, all] = [480, 1_000];
const lookAgain = '{ evaluation { look decision } }';

/** Nobody of one kind is exposed in each variant: so much differs between them, and as many are in each. */
const isExposed = ({ kind }: Shopper, variant: string) => kind !== variants.indexOf(variant);

const look = `mutation ($key: ID!) { evaluateExperiment(key: $key) { evaluation {
  sequence method look maxLooks alphaSpent informationFraction decision winner summary confirmatory final srm { passed }
  comparisons { ...Numbers } segments { attribute value comparisons { ...Numbers } } } } }
  fragment Numbers on Comparison { variant metric role controlUnits variantUnits controlMean variantMean effect lift standardError
    interval { lower upper level } liftInterval { lower upper level } pValue adjustedPValue probabilityToBeatControl expectedLoss
    minimumDetectableEffect significant outcome confirmatory unknownReason }`;

type Evaluated = Pick<
  EvaluationResult,
  'comparisons' | 'segments' | 'decision' | 'winner' | 'look' | 'maxLooks' | 'alphaSpent' | 'informationFraction' | 'summary'
>;

describe('over the API', () => {
  let service: RunningService;
  const api = createCaller(() => service);
  const shoppers = makeShoppers(all);
  const methods = {
    ...Object.fromEntries(Object.entries(plans).map(([name, { evaluation }]) => [name, evaluation])),
    bayes: { method: 'BAYESIAN' },
  };
  const keyOf = (plan: string, primary: MetricKey) => `${plan}-${primary}`;
  const keys = Object.keys(methods).flatMap((plan) => metricKeys.map((primary) => keyOf(plan, primary)));
  /** By experiment, after each look. */
  const exposed = new Map<string, readonly Arms[]>();
  const results = new Map<string, readonly Evaluated[]>();

  beforeAll(async () => {
    service = await startService();
    for (const [name, evaluation] of Object.entries(methods)) {
      for (const primary of metricKeys) {
        const key = keyOf(name, primary);
        const secondary = metricKeys.filter((each) => each !== primary).map((each) => shopperMetrics[each]);
        const input = {
          key,
          name: key,
          salt: 'pepper',
          variants: variants.map((variant) => ({ key: variant, weight: 1 / 3 })),
          metrics: { primary: shopperMetrics[primary], secondary },
          evaluation: { ...evaluation, lossThreshold: lossThreshold[primary], segments: ['region'], schedule: 'daily_0000_utc' },
        };
        await api.done('createExperiment', { input }, '{ experiment { key } }');
        await api.done('startExperiment', { key }, '{ experiment { status } }');
      }
    }
    for (const [from, to] of [
      [0, first],
      [first, all],
    ] as const) {
      const served = await sendShoppers(service, keys, shoppers.slice(from, to), isExposed);
      for (const key of keys) {
        const known = exposed.get(key) ?? [];
        const arms = variants.map(
          (variant, i) => [variant, [...(known.at(-1)?.[i]?.[1] ?? []), ...(served.get(key)?.get(variant) ?? [])]] as const,
        );
        exposed.set(key, [...known, arms]);
        results.set(key, [...(results.get(key) ?? []), (await service.ask(look, { key })).evaluateExperiment.evaluation]);
      }
    }
  }, 120_000);

  afterAll(async () => {
    await service.remove();
  });

  function found(plan: string, primary: MetricKey) {
    const key = keyOf(plan, primary);
    const looks = exposed.get(key) ?? [];
    const [early = 0, late = 0] = looks.map((arms) => arms.reduce((sum, [, list]) => sum + list.length, 0));
    const metrics = [primary, ...metricKeys.filter((each) => each !== primary)];
    return { key, looks, units: [early, late] as const, evaluations: results.get(key) ?? [], metrics };
  }

  const within = (arms: Arms, region: string): Arms =>
    arms.map(([variant, list]) => [variant, list.filter((shopper) => shopper.region === region)] as const);
  const segmentOf = ({ segments }: Evaluated, region: string) => segments.find(({ value }) => value === region)?.comparisons ?? [];

  describe.each(Object.entries(plans))('the plan %s', (name, plan) => {
    test.each(metricKeys)('shows with %s as its primary metric what the formulae say, at each look', (primary) => {
      const { looks, units, evaluations, metrics } = found(name, primary);
      expect(evaluations.length).toBe(2);
      const way = plan.way(units);
      evaluations.forEach((evaluation, i) => {
        const seen = looks.slice(0, i + 1);
        const expected = expectedOf(seen, metrics, way, true);
        const verdicts = verdictsOf(expected, 'HOLM');
        expected.forEach((each, at) => {
          expectComparison(evaluation.comparisons[at] as Comparison, each, verdicts[at] as (typeof verdicts)[number]);
        });
        const parts = regions.flatMap((region) =>
          expectedOf(
            seen.map((arms) => within(arms, region)),
            metrics,
            way,
            false,
          ),
        );
        const partVerdicts = verdictsOf(parts, 'BENJAMINI_HOCHBERG');
        const shown = regions.flatMap((region) => segmentOf(evaluation, region));
        parts.forEach((each, at) => {
          expectComparison(shown[at] as Comparison, each, partVerdicts[at] as (typeof verdicts)[number]);
        });
        const outcomes = expected
          .map(({ metric, variant, difference: { effect }, isAccepted }, at) => ({
            metric,
            variant,
            effect,
            isAccepted,
            outcome: verdicts[at]?.outcome ?? 'INCONCLUSIVE',
          }))
          .filter(({ metric }) => metric === primary);
        const isUsedUp = (i === 1 && plan.ends) || outcomes.every(({ outcome, isAccepted }) => outcome === 'WORSE' || isAccepted);
        const decided = decisionOf(primary, outcomes, isUsedUp);
        expect(evaluation).toMatchObject({ ...decided, look: i + 1, maxLooks: plan.maxLooks });
        if (decided.winner) expect(evaluation.summary).toMatch(new RegExp(`^${decided.winner} beats the control on ${primary}: `));
        expectNear(evaluation.alphaSpent, plan.alphaSpent(units)[i] as number);
        expectNear(evaluation.informationFraction, 'horizonUnits' in plan.evaluation ? (units[i] as number) / horizonUnits : null);
      });
    });

    test(plan.maxLooks === null ? 'may be looked at as often as one likes' : 'refuses a third look', async () => {
      const key = keyOf(name, 'items');
      if (plan.maxLooks === null) expect((await api.done('evaluateExperiment', { key }, lookAgain)).evaluation.look).toBe(3);
      else expect(await api.refused('evaluateExperiment', { key })).toMatchObject({ code: 'LOOKS_EXHAUSTED', retryable: false });
      const { evaluationPlan } = await api.done('experiment', { key }, '{ evaluationPlan { looksUsed } }');
      expect(evaluationPlan.looksUsed).toBe(plan.maxLooks ?? 3);
    });
  });

  test.each(metricKeys)('BAYESIAN shows with %s as its primary metric the posterior of all units, at each look', (primary) => {
    const { looks, evaluations, metrics } = found('bayes', primary);
    evaluations.forEach((evaluation, i) => {
      const arms = looks[i] as Arms;
      const expected = posteriorsOf(arms, metrics, true);
      expected.forEach((each, at) => {
        expectPosterior(evaluation.comparisons[at] as Comparison, each);
      });
      for (const region of regions) {
        posteriorsOf(within(arms, region), metrics, false).forEach((each, at) => {
          expectPosterior(segmentOf(evaluation, region)[at] as Comparison, each);
        });
      }
      const outcomes = evaluation.comparisons
        .filter(({ role }) => role === 'PRIMARY')
        .map(({ variant, effect }, at) => {
          const { probabilityToBeatControl: chance, expectedLoss, lossOfControl } = expected[at] as ExpectedPosterior;
          const isBetter = (chance ?? 0) > 0.5 && (expectedLoss ?? 1) < lossThreshold[primary];
          const isWorse = (chance ?? 1) < 0.5 && lossOfControl < lossThreshold[primary];
          return {
            variant,
            effect: effect ?? 0,
            outcome: isBetter ? ('BETTER' as const) : isWorse ? ('WORSE' as const) : ('INCONCLUSIVE' as const),
          };
        });
      expect(evaluation).toMatchObject({ ...decisionOf(primary, outcomes, false), alphaSpent: null, maxLooks: null, look: i + 1 });
      expect(evaluation.comparisons.slice(0, 2).map(({ outcome }) => outcome)).toEqual(outcomes.map(({ outcome }) => outcome));
      expect(evaluation.comparisons.slice(2).every(({ outcome }) => outcome === 'INCONCLUSIVE')).toBe(true);
    });
  });

  test('all decisions but those of guardrails and sample ratios were among them', () => {
    const decisions = [...results.values()].flat().map(({ decision }) => decision);
    expect(new Set(decisions)).toEqual(new Set(['SHIP', 'DO_NOT_SHIP', 'KEEP_RUNNING']));
  });

  test('units are compared inside regions where these are large enough', () => {
    const arms = found('always', 'spend').looks[1] ?? [];
    expect(metricKeys.map((metric) => strataOf(arms, metric, [0, 1], true).length)).toEqual([2, 2, 2, 1]);
  });

  test('what a unit spent before takes off most of the variance of what it spends', () => {
    const { looks, evaluations } = found('always', 'spend');
    const spent = (looks[1] ?? []).map(([, list]) => list.map(({ measured }) => measured.spend.x));
    const plain = differenceOf(spent[0] ?? [], spent[1] ?? []).standardError;
    expect((evaluations[1]?.comparisons[0]?.standardError ?? 1) / plain).toBeLessThan(0.6);
  });

  test('each can be computed again to the same bits, the last one of a stopped experiment too', async () => {
    const pool = createPool(service.env.DATABASE_URL ?? '', 2);
    const reads = createReads(pool);
    let computed = 0;
    for (const key of keys) {
      await api.done('stopExperiment', { key }, '{ experiment { status } }');
      const experiment = await reads.experiment({ key });
      if (!experiment) throw new Error(key);
      const records = await reads.evaluationsAfter(experiment, 0, 100);
      for (const [i, { result, input }] of records.entries()) {
        const previous = records[i - 1]?.result.carried ?? null;
        expect(canonicalJson(evaluate({ definition: experiment.definition, previous, ...input }))).toBe(canonicalJson(result));
        computed += 1;
      }
      const [, second, last] = records.map(({ result }) => result);
      expect(records.at(-1)?.result.final).toBe(true);
      if (second?.maxLooks !== 2) continue;
      // No look is left for the last one: what the looks found stands.
      expect(last).toMatchObject({ final: true, look: 2, decision: second.decision });
      expect(last?.comparisons.map(({ pValue }) => pValue)).toEqual(second.comparisons.map(({ pValue }) => pValue));
    }
    expect(computed).toBeGreaterThanOrEqual(3 * keys.length);
    await pool.end();
  });
});
