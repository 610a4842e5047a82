/**
 * The root of a rising function by Newton's method inside a bracket, which is found by doubling from the start.
 *
 * @param evaluate  value and slope at u; the value may be infinite
 * @param start     any point
 * @returns u to the last digits
 */
export function risingRoot(evaluate: (u: number) => { readonly value: number; readonly slope: number }, start: number): number {
  let u = start;
  let low = -Infinity;
  let high = Infinity;
  let stride = 1;
  for (let step = 0; step < 2000; step++) {
    const { value, slope } = evaluate(u);
    if (value === 0) return u;
    if (value < 0) low = u;
    else high = u;
    let next = u - value / slope;
    const isBracketed = low > -Infinity && high < Infinity;
    if (!isBracketed) {
      // Without a bracket Newton's step is held to a stride that doubles, so that a flat tail cannot throw it away.
      const limit = value < 0 ? u + stride : u - stride;
      if (!Number.isFinite(next) || Math.abs(next - u) > stride || next === u) next = limit;
      stride *= 2;
    } else if (!(next > low && next < high)) {
      next = low + (high - low) / 2;
    }
    if (Math.abs(next - u) <= 4e-16 * Math.max(Math.abs(u), 1e-3)) return next;
    u = next;
  }
  return u;
}
