import { batchedZTest } from '../../src/core/stats/batched-z.js';
import { clusterDifference } from '../../src/core/stats/clusters.js';
import { cupedDifference } from '../../src/core/stats/cuped.js';
import { gaussianEffect } from '../../src/core/stats/gaussian-effect.js';
import { type GroupSequentialPlan, groupSequentialBoundaries, groupSequentialPower } from '../../src/core/stats/group-sequential.js';
import { groupSequentialInflation, groupSequentialPValue } from '../../src/core/stats/group-sequential-planning.js';
import { heterogeneity } from '../../src/core/stats/heterogeneity.js';
import { inversePropensityMeans } from '../../src/core/stats/inverse-propensity.js';
import { meanPosterior } from '../../src/core/stats/mean-posterior.js';
import { mixtureSprt, mixtureSprtSequence } from '../../src/core/stats/mixture-sprt.js';
import { neweyWestDifference } from '../../src/core/stats/newey-west.js';
import { nonInferiorityTest } from '../../src/core/stats/non-inferiority.js';
import { pairedTest } from '../../src/core/stats/paired.js';
import { powerTTest } from '../../src/core/stats/power-t.js';
import { ratioDifference } from '../../src/core/stats/ratio.js';
import { sprtBernoulli, sprtDifference, sprtThresholds } from '../../src/core/stats/sprt.js';
import { bestOf, choice, interval, type Method, test } from './shapes.js';

/** Variance reduction, clusters, time series, group-sequential plans, likelihood ratios, posteriors of means and cross-checks. */

export const designMethods: Readonly<Record<string, Method>> = {
  paired_t_test: ({ control, treatment, confidence_level }) => test(pairedTest(control, treatment, confidence_level)),
  non_inferiority_test: ({ control, treatment, margin, margin_type, higher_is_better, alpha }) => {
    const result = nonInferiorityTest(
      control,
      treatment,
      { margin, kind: choice(margin_type, { relative: 'relative', absolute: 'absolute' }) },
      higher_is_better,
      alpha,
    );
    return {
      estimate: result.estimate,
      standard_error: result.standardError,
      t: result.t,
      degrees_of_freedom: result.degreesOfFreedom,
      p_value: result.pValue,
      lower_confidence_bound: result.lowerBound,
      non_inferior: result.isNonInferior,
      p_deterioration: result.pDeterioration,
    };
  },
  gaussian_effect_posterior: ({ estimate, standard_error, prior, confidence_level }) => {
    const shape = prior && { mean: prior.mean, standardDeviation: prior.standard_deviation };
    const result = gaussianEffect(estimate, standard_error, shape, confidence_level);
    return {
      posterior_mean: result.mean,
      posterior_standard_deviation: result.standardDeviation,
      probability_positive: result.probabilityPositive,
      expected_loss_treatment: result.expectedLossTreatment,
      expected_loss_control: result.expectedLossControl,
      ...interval(result),
    };
  },
  heterogeneity_q: ({ estimates, standard_errors }) => {
    const { pooledEstimate, q, degreesOfFreedom, pValue } = heterogeneity(estimates, standard_errors);
    return { pooled_estimate: pooledEstimate, q, degrees_of_freedom: degreesOfFreedom, p_value: pValue };
  },
  group_sequential_boundaries: (input) => {
    const result = groupSequentialBoundaries(groupPlan(input));
    return {
      z_boundaries: result.boundaries,
      cumulative_alpha_spent: result.cumulativeAlphaSpent,
      nominal_p_values: result.nominalPValues,
    };
  },
  group_sequential_p_value: ({ z_statistics, ...input }) => ({ p_value: groupSequentialPValue(z_statistics, groupPlan(input)) }),
  group_sequential_power: ({ drift, ...input }) => {
    const result = groupSequentialPower(groupPlan(input), drift);
    return {
      stop_probability_upper: result.stopProbabilityUpper,
      power_upper: result.powerUpper,
      power_two_sided: result.powerTwoSided,
      expected_information_fraction: result.expectedInformation,
    };
  },
  group_sequential_inflation: ({ power, ...input }) => {
    const { drift, inflation } = groupSequentialInflation(groupPlan(input), power);
    return { drift, inflation_factor: inflation };
  },
  msprt_normal: ({ difference, standard_error, mixing_standard_deviation, alpha }) => {
    const result = mixtureSprt({ difference, standardError: standard_error }, mixing_standard_deviation, alpha);
    return { log_likelihood_ratio: result.logLikelihoodRatio, p_value: result.pValue, half_width: result.halfWidth, ...interval(result) };
  },
  msprt_sequence: ({ looks, mixing_standard_deviation, alpha }) => {
    const readings = looks.map((look: { difference: number; standard_error: number }) => ({
      difference: look.difference,
      standardError: look.standard_error,
    }));
    const { pValues, firstRejection } = mixtureSprtSequence(readings, mixing_standard_deviation, alpha);
    return { p_values: pValues, first_rejection_look: firstRejection };
  },
  sprt_thresholds: (errors) => {
    const { upper, lower, logUpper, logLower } = sprtThresholds(errors);
    return { upper, lower, log_upper: logUpper, log_lower: logLower };
  },
  sprt_bernoulli: ({ null_rate, alternative_rate, successes, trials, ...errors }) =>
    sprtResult(sprtBernoulli({ successes, trials }, null_rate, alternative_rate, errors)),
  sprt_difference: ({ difference, standard_error, alternative_difference, ...errors }) =>
    sprtResult(sprtDifference(difference, standard_error, alternative_difference, errors)),
  cuped_difference: ({ control, treatment, confidence_level }) => {
    const arm = (moments: typeof control) => ({
      n: moments.n,
      meanY: moments.mean_y,
      varianceY: moments.variance_y,
      meanX: moments.mean_x,
      varianceX: moments.variance_x,
      covariance: moments.covariance_xy,
    });
    const result = cupedDifference(arm(control), arm(treatment), confidence_level);
    return {
      theta: result.theta,
      adjusted_mean_control: result.adjustedControl.mean,
      adjusted_mean_treatment: result.adjustedTreatment.mean,
      adjusted_variance_control: result.adjustedControl.variance,
      adjusted_variance_treatment: result.adjustedTreatment.variance,
      variance_reduction: result.varianceReduction,
      ...test(result),
    };
  },
  ratio_metric_difference: ({ control, treatment, confidence_level }) => {
    const arm = (moments: typeof control) => ({
      n: moments.n,
      meanNumerator: moments.mean_numerator,
      meanDenominator: moments.mean_denominator,
      varianceNumerator: moments.variance_numerator,
      varianceDenominator: moments.variance_denominator,
      covariance: moments.covariance,
    });
    const result = ratioDifference(arm(control), arm(treatment), confidence_level);
    return {
      ratio_control: result.controlRatio.value,
      ratio_treatment: result.treatmentRatio.value,
      standard_error_control: Math.sqrt(result.controlRatio.varianceOfValue),
      standard_error_treatment: Math.sqrt(result.treatmentRatio.varianceOfValue),
      lift: result.lift?.lift ?? null,
      lift_standard_error: result.lift?.standardError ?? null,
      ...test(result),
    };
  },
  cluster_randomised_difference: ({ control, treatment, confidence_level }) => {
    const { unitAverage, clusterAverage } = clusterDifference(control, treatment, confidence_level);
    const named = (result: typeof unitAverage) => ({
      mean_control: result.controlMean,
      mean_treatment: result.treatmentMean,
      ...test(result),
    });
    return { unit_average: named(unitAverage), cluster_average: named(clusterAverage) };
  },
  switchback_hac: ({ outcomes, treated, lags }) => {
    const result = neweyWestDifference(outcomes, treated.map(isTreated), lags);
    return { difference: result.difference, standard_error: result.standardError, z: result.z, p_two_sided: result.pTwoSided };
  },
  normal_inverse_gamma_posterior: ({ arms, prior, credible_level }) => {
    const result = meanPosterior(arms, prior, credible_level);
    return {
      posterior: result.posterior,
      credible_intervals: result.intervals.map(({ lower, upper }) => [lower, upper]),
      ...bestOf(result),
    };
  },
  batched_z_test: ({ batches }) => {
    const { batchZ, z, pTwoSided } = batchedZTest(batches);
    return { batch_z: batchZ, z, p_two_sided: pTwoSided };
  },
  inverse_propensity_means: ({ periods }) => {
    const result = inversePropensityMeans(periods.map(({ arms }: { arms: Parameters<typeof inversePropensityMeans>[0][0] }) => arms));
    return { horvitz_thompson: result.horvitzThompson, hajek: result.hajek, hajek_standard_error: result.hajekStandardError };
  },
  power_t_test: ({ n_per_arm, effect, standard_deviation, alpha, sides }) => ({
    power: powerTTest(n_per_arm, effect, standard_deviation, alpha, sides),
  }),
};

function isTreated(mark: unknown): boolean {
  return typeof mark === 'boolean' ? mark : choice(String(mark), { '0': false, '1': true });
}

function sprtResult({ logLikelihoodRatio, decision }: ReturnType<typeof sprtBernoulli>) {
  return { log_likelihood_ratio: logLikelihoodRatio, decision: decision.toLowerCase() };
}

// biome-ignore lint/suspicious/noExplicitAny: as the input of a method
function groupPlan({ spending_function, alpha, sides, information_fractions, spending_fractions }: any): GroupSequentialPlan {
  const spending = choice(spending_function, { obrien_fleming: 'OBRIEN_FLEMING', pocock: 'POCOCK' } as const);
  const plan = { spending, alpha, sides, information: information_fractions };
  return spending_fractions ? { ...plan, spendingFractions: spending_fractions } : plan;
}
