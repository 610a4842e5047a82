import type { Stratum } from './stats/stratified.js';

/** A variance that rests on fewer units than this, unlike the others of their arm, is not known. */
const fewUnlike = 10;

/** Whether nothing varies in any arm, as where 0 of 191 units err and 209 of 209: no standard error comes of that, though nothing could be plainer. */
export function areConstant(strata: readonly Stratum[]): boolean {
  return strata.every(({ control, treatment }) => control.variance === 0 && treatment.variance === 0);
}

/**
 * Strata with arms in which hardly anything varies, beside what lies between the arms, made fit for a standard error: the variance of such an arm is
 * next to 0 only because units unlike the rest are still to come. It is taken to vary as widely as values between the lowest mean and the
 * highest can, which deviate by half the distance at most (Popoviciu). Where no mean differs all is left as it is.
 *
 * Where all units err in one arm and none in the other this errs on the side of caution, however uneven the arms are: let the smaller one have k
 * units and the interval reach h to either side of the difference of 1. Rates that differ by 1 - h in truth look like this with a chance of at most
 * (1 - h / 2)^2k, and h is at least the critical value over 2 sqrt k: with 1.96 and 100 units the chance is below 1 in 10,000. The variance of the
 * union of both arms would not do: for 100 units beside 100,000 its interval can miss the truth in every third experiment.
 */
export function widened<S extends Stratum>(strata: readonly S[]): readonly S[] {
  const means = strata.flatMap(({ control, treatment }) => [control.mean, treatment.mean]);
  const square = (Math.max(...means) - Math.min(...means)) ** 2;
  return strata.map((stratum) => ({ ...stratum, control: wide(stratum.control), treatment: wide(stratum.treatment) }));

  function wide(arm: Stratum['control']): Stratum['control'] {
    return arm.n * arm.variance < fewUnlike * square ? { ...arm, variance: Math.max(arm.variance, square / 4) } : arm;
  }
}
