const halfLogTwoPi = 0.9189385332046728;

/**
 * Error of Stirling's formula: ln gamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2), by its asymptotic series from x = 12
 * and by the exact step J(x) = J(x + 1) + (x + 1/2) ln(1 + 1/x) - 1 below. Absolute error some 1e-16.
 *
 * @param x above 0
 * @see Loader (2000), Fast and accurate computation of binomial probabilities (there: stirlerr)
 */
export function stirlingError(x: number): number {
  let shifted = x;
  let steps = 0;
  while (shifted < 12) {
    steps += (shifted + 0.5) * Math.log1p(1 / shifted) - 1;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series =
    1 / 12 -
    square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360 - square * (1 / 156))))));
  return steps + series * inverse;
}

/** ln of the gamma function. @param x above 0 */
export function lnGamma(x: number): number {
  return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingError(x);
}

/**
 * ln of the beta function, without the loss of digits that a difference of ln gamma suffers for large arguments.
 *
 * @param a above 0
 * @param b above 0
 */
export function lnBeta(a: number, b: number): number {
  const large = Math.max(a, b);
  const small = Math.min(a, b);
  const corrections = stirlingError(a) + stirlingError(b) - stirlingError(a + b);
  // (a - 1/2) ln a + (b - 1/2) ln b - (a + b - 1/2) ln(a + b), arranged so that no two large terms cancel.
  return halfLogTwoPi - 0.5 * Math.log(small) + small * Math.log(small / (a + b)) - (large - 0.5) * Math.log1p(small / large) + corrections;
}
