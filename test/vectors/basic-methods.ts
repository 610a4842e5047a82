import { betaQuantile, betaTails } from '../../src/core/stats/beta.js';
import { betaPosterior } from '../../src/core/stats/beta-posterior.js';
import { chiSquareQuantile, chiSquareTails } from '../../src/core/stats/chi-square.js';
import { confidenceSequence, exactMixtureRho, mixtureRho, oneSidedConfidenceSequence } from '../../src/core/stats/confidence-sequence.js';
import { adjustPValues } from '../../src/core/stats/corrections.js';
import { momentsFromSums, parseDecimal } from '../../src/core/stats/exact-sums.js';
import { gammaTails } from '../../src/core/stats/gamma.js';
import { deltaMethodLift, fiellerLift } from '../../src/core/stats/lift.js';
import { mergeMoments, sampleMoments } from '../../src/core/stats/moments.js';
import { normalLogUpper, normalQuantile, normalTails } from '../../src/core/stats/normal.js';
import { powerMeans, sampleSizeMeans, sampleSizeProportions } from '../../src/core/stats/sample-size.js';
import { projectToBounds, smoothedWeights } from '../../src/core/stats/simplex.js';
import { srmChiSquare, srmChiSquareOfPeriods, srmLogBayesFactor } from '../../src/core/stats/srm.js';
import { requireCount } from '../../src/core/stats/statistics-error.js';
import { stratifiedDifference } from '../../src/core/stats/stratified.js';
import { studentQuantile, studentTails } from '../../src/core/stats/student-t.js';
import { twoProportionTest } from '../../src/core/stats/two-proportions.js';
import { welchTest } from '../../src/core/stats/welch.js';
import { newcombeInterval, wilsonInterval } from '../../src/core/stats/wilson.js';
import { bestOf, choice, interval, type Method } from './shapes.js';

/** Distributions, moments, fixed tests, corrections, confidence sequences, sample ratio, bandit and planning. */

const tails = { lower: 'lower', upper: 'upper' } as const;

/** Critical values; Student's are with Welch's degrees of freedom. */
const distributions = { normal: 'normal', student_t: 'welch', welch: 'welch' } as const;

const procedures = { none: 'NONE', bonferroni: 'BONFERRONI', holm: 'HOLM', benjamini_hochberg: 'BENJAMINI_HOCHBERG' } as const;

const sample = ({ control, treatment, controlExact, treatmentExact }: ReturnType<typeof sampleSizeMeans>) => ({
  control,
  treatment,
  control_exact: controlExact,
  treatment_exact: treatmentExact,
});

export const basicMethods: Readonly<Record<string, Method>> = {
  normal_cdf: ({ x }) => normalTails(x),
  normal_log_upper: ({ x }) => ({ log_upper: normalLogUpper(x) }),
  normal_quantile: ({ probability, tail }) => ({ x: normalQuantile(probability, choice(tail, tails)) }),
  student_t_cdf: ({ t, degrees_of_freedom }) => {
    const { lower, upper } = studentTails(t, degrees_of_freedom);
    return { lower, upper, two_sided: 2 * Math.min(lower, upper) };
  },
  student_t_quantile: ({ probability, tail, degrees_of_freedom }) => ({
    t: studentQuantile(probability, degrees_of_freedom, choice(tail, tails)),
  }),
  chi_square_cdf: ({ x, degrees_of_freedom }) => chiSquareTails(x, degrees_of_freedom),
  chi_square_quantile: ({ probability, tail, degrees_of_freedom }) => ({
    x: chiSquareQuantile(probability, degrees_of_freedom, choice(tail, tails)),
  }),
  beta_cdf: ({ x, alpha, beta }) => betaTails(x, alpha, beta),
  beta_quantile: ({ probability, tail, alpha, beta }) => ({ x: betaQuantile(probability, alpha, beta, choice(tail, tails)) }),
  gamma_cdf: ({ x, shape }) => gammaTails(x, shape),
  sample_moments: ({ values }) => sampleMoments(values),
  merge_moments: ({ parts }) => mergeMoments(parts),
  moments_from_sums: ({ n, sum, sum_of_squares }) => momentsFromSums(n, parseDecimal(String(sum)), parseDecimal(String(sum_of_squares))),
  welch_t_test: ({ control, treatment, confidence_level, null_difference }) => {
    const test = welchTest(control, treatment, confidence_level, null_difference ?? 0);
    return {
      difference: test.difference,
      standard_error: test.standardError,
      t: test.t,
      degrees_of_freedom: test.degreesOfFreedom,
      p_two_sided: test.pTwoSided,
      p_greater: test.pGreater,
      p_less: test.pLess,
      ...interval(test),
    };
  },
  two_proportion_z_test: ({ control, treatment, confidence_level }) => {
    const test = twoProportionTest(control, treatment, confidence_level);
    return {
      rate_control: test.rateControl,
      rate_treatment: test.rateTreatment,
      difference: test.difference,
      standard_error_pooled: test.standardErrorPooled,
      z: test.z,
      p_two_sided: test.pTwoSided,
      standard_error_unpooled: test.standardErrorUnpooled,
      z_unpooled: test.zUnpooled,
      p_two_sided_unpooled: test.pTwoSidedUnpooled,
      ...interval(test),
    };
  },
  wilson_interval: ({ successes, trials, confidence_level }) => interval(wilsonInterval({ successes, trials }, confidence_level)),
  newcombe_interval: ({ control, treatment, confidence_level }) => interval(newcombeInterval(control, treatment, confidence_level)),
  relative_lift_delta_method: ({ control, treatment, confidence_level, distribution }) => {
    const result = deltaMethodLift(control, treatment, confidence_level, choice(distribution ?? 'normal', distributions));
    return { lift: result.lift, standard_error: result.standardError, ...interval(result) };
  },
  relative_lift_fieller: ({ control, treatment, confidence_level }) => {
    const { g, bounds } = fiellerLift(control, treatment, confidence_level);
    return { bounded: bounds !== null, g, ...(bounds && { ci_lower: bounds[0], ci_upper: bounds[1] }) };
  },
  adjust_p_values: ({ p_values, procedure, family_size }) => ({
    adjusted: adjustPValues(p_values, choice(procedure, procedures), family_size ?? undefined),
  }),
  confidence_sequence_rho: ({ alpha, target_n }) => ({
    rho_approximate: mixtureRho(alpha, target_n),
    rho_exact: exactMixtureRho(alpha, target_n),
  }),
  asymptotic_confidence_sequence: ({ estimate, standard_error, n, alpha, rho, target_n }) => {
    requireCount('n', n);
    const reading = { estimate, standardError: standard_error, n };
    const sequence = confidenceSequence(reading, alpha, rho ?? mixtureRho(alpha, target_n));
    return { half_width: sequence.halfWidth, p_value: sequence.pValue, log_p_value: sequence.logPValue, ...interval(sequence) };
  },
  asymptotic_confidence_sequence_one_sided: ({ estimate, standard_error, n, alpha, rho, target_n }) => {
    requireCount('n', n);
    const reading = { estimate, standardError: standard_error, n };
    const sequence = oneSidedConfidenceSequence(reading, alpha, rho ?? mixtureRho(2 * alpha, target_n));
    return { half_width: sequence.halfWidth, p_value: sequence.pValue, log_p_value: sequence.logPValue, ci_lower: sequence.lower };
  },
  srm_chi_square: ({ observed, expected_weights }) => chiSquare(srmChiSquare({ observed, weights: expected_weights })),
  srm_chi_square_periods: ({ periods }) =>
    chiSquare(
      srmChiSquareOfPeriods(
        periods.map((period: { observed: number[]; expected_weights: number[] }) => ({
          observed: period.observed,
          weights: period.expected_weights,
        })),
      ),
    ),
  srm_sequential: ({ cumulative_counts, expected_weights, prior_concentration }) => {
    const factors = cumulative_counts.map((observed: number[]) =>
      srmLogBayesFactor({ observed, weights: expected_weights }, prior_concentration ?? undefined),
    );
    let smallest = 1;
    const pValues = factors.map((factor: number) => {
      smallest = Math.min(smallest, Math.exp(-factor));
      return smallest;
    });
    return { log_bayes_factors: factors, p_values: pValues };
  },
  stratified_difference: ({ strata }) => {
    const result = stratifiedDifference(strata);
    return {
      difference: result.difference,
      standard_error: result.standardError,
      standard_error_random_weights: result.standardErrorRandomWeights,
      z: result.z,
      p_two_sided: result.pTwoSided,
    };
  },
  beta_posterior: ({ arms, prior, credible_level }) => {
    const result = betaPosterior(arms, prior ?? { alpha: 1, beta: 1 }, credible_level);
    return {
      posterior: result.posterior,
      mean: result.mean,
      credible_intervals: result.intervals.map(({ lower, upper }) => [lower, upper]),
      ...bestOf(result),
    };
  },
  bounded_simplex_projection: ({ weights, lower, upper }) => ({ projected: projectToBounds(weights, lower, upper) }),
  bandit_weight_update: ({ current, target, smoothing, lower, upper }) => {
    const each = (bound: number | number[]) => (Array.isArray(bound) ? bound : current.map(() => bound));
    return { weights: smoothedWeights(current, target, smoothing, each(lower), each(upper)) };
  },
  sample_size_proportions: ({ baseline_rate, treatment_rate, variance, ...plan }) =>
    sample(
      sampleSizeProportions(baseline_rate, treatment_rate, testPlan(plan), choice(variance, { pooled: 'pooled', unpooled: 'unpooled' })),
    ),
  sample_size_means: ({ standard_deviation_control, standard_deviation_treatment, effect, ...plan }) =>
    sample(sampleSizeMeans(standard_deviation_control, standard_deviation_treatment, effect, testPlan(plan))),
  power_means: ({ standard_deviation_control, standard_deviation_treatment, control, treatment, effect, alpha, sides }) => {
    const result = powerMeans(standard_deviation_control, standard_deviation_treatment, control, treatment, effect, alpha, sides);
    return { power: result.power, minimum_detectable_effect_80: result.minimumDetectableEffect80 };
  },
};

function chiSquare({ statistic, degreesOfFreedom, pValue }: ReturnType<typeof srmChiSquare>) {
  return { chi_square: statistic, degrees_of_freedom: degreesOfFreedom, p_value: pValue };
}

function testPlan({ alpha, power, sides, allocation_ratio }: { alpha: number; power: number; sides: 1 | 2; allocation_ratio?: number }) {
  return { alpha, power, sides, allocationRatio: allocation_ratio ?? 1 };
}
