/**
 * The root of a continuous function between two points at which its signs differ: regula falsi as modified by Anderson and Björck,
 * with bisection whenever three steps have not halved the bracket.
 *
 * @param low,high  values there are of opposite sign, or one is 0
 * @param tolerance  width of the bracket at which it ends
 * @see Anderson and Björck (1973)
 */
export function bracketedRoot(evaluate: (u: number) => number, low: number, high: number, tolerance: number): number {
  let [a, b] = [low, high];
  let [valueA, valueB] = [evaluate(a), evaluate(b)];
  if (valueA === 0) return a;
  if (valueB === 0) return b;
  let widthBefore = Math.abs(b - a);
  for (let step = 1; step <= 200; step++) {
    // b is the newest point, a the other end.
    const isSlow = step % 3 === 0 && Math.abs(b - a) > widthBefore / 2;
    if (step % 3 === 0) widthBefore = Math.abs(b - a);
    const falsi = b - (valueB * (b - a)) / (valueB - valueA);
    const u = isSlow || !(falsi > Math.min(a, b) && falsi < Math.max(a, b)) ? a + (b - a) / 2 : falsi;
    const value = evaluate(u);
    if (value === 0 || Math.abs(u - b) <= tolerance) return u;
    if (value > 0 === valueB > 0) {
      const factor = 1 - value / valueB;
      valueA *= factor > 0 ? factor : 0.5;
    } else {
      a = b;
      valueA = valueB;
    }
    b = u;
    valueB = value;
  }
  return b;
}
