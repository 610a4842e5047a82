import { incompleteBeta } from './incomplete-beta.js';
import { risingRoot } from './newton.js';
import { logBetaPrefactor } from './saddle-point.js';
import { requireLevel, requireShape, requireValid } from './statistics-error.js';
import type { Tail, Tails } from './tails.js';

/**
 * Both tails of the beta distribution.
 *
 * @param x         in [0, 1]
 * @param alpha,beta  above 0, at most 1e15
 * @throws StatisticsError INVALID_DATA outside these
 * @see {@link incompleteBeta}
 */
export function betaTails(x: number, alpha: number, beta: number): Tails {
  requireShape('alpha', alpha);
  requireShape('beta', beta);
  requireValid(x >= 0 && x <= 1, `beta needs x in [0, 1], received ${x}`);
  return incompleteBeta(alpha, beta, x, 1 - x);
}

/** The point whose tail has the probability; solved on the logit, so that both ends keep their digits. @throws StatisticsError INVALID_DATA */
export function betaQuantile(probability: number, alpha: number, beta: number, tail: Tail = 'lower'): number {
  requireLevel('probability', probability);
  requireShape('alpha', alpha);
  requireShape('beta', beta);
  const isLower = tail === 'lower' ? probability <= 0.5 : probability > 0.5;
  const smaller = probability <= 0.5 ? probability : 1 - probability;
  const target = Math.log(smaller);
  const root = risingRoot(
    (logit) => {
      const { x, y } = fromLogit(logit);
      const tails = incompleteBeta(alpha, beta, x, y);
      const rate = x > 0 && y > 0 ? Math.exp(logBetaPrefactor(alpha, beta, x, y)) : 0;
      return isLower
        ? { value: Math.log(tails.lower) - target, slope: rate / tails.lower }
        : { value: target - Math.log(tails.upper), slope: rate / tails.upper };
    },
    Math.log(alpha / beta),
  );
  return fromLogit(root).x;
}

function fromLogit(logit: number): { readonly x: number; readonly y: number } {
  const small = Math.exp(-Math.abs(logit));
  const large = 1 / (1 + small);
  return logit > 0 ? { x: large, y: small * large } : { x: small * large, y: large };
}
