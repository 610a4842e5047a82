/** Points in (-1, 1) and weights that sum to 2. */
interface Rule {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

/** Gauss-Legendre rule by Newton on the Legendre polynomial. @param size 2 or more @see Golub and Welsch (1969) for the nodes' place */
export function gaussLegendre(size: number): Rule {
  const points: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < size; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (size + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let previous = 1;
      let value = x;
      for (let k = 2; k <= size; k++) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
      slope = (size * (x * value - previous)) / (x * x - 1);
      const next = x - value / slope;
      const isDone = Math.abs(next - x) <= 1e-16;
      x = next;
      if (isDone) break;
    }
    points.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { points, weights };
}

const rule = gaussLegendre(12);

/** Calls `visit` with each point and weight of a 12-point rule on every panel. @param edges panel borders in rising order */
export function forEachNode(edges: readonly number[], visit: (point: number, weight: number) => void): void {
  for (let panel = 1; panel < edges.length; panel++) {
    const low = edges[panel - 1] ?? 0;
    const half = ((edges[panel] ?? 0) - low) / 2;
    for (let k = 0; k < rule.points.length; k++) {
      visit(low + half * (1 + (rule.points[k] ?? 0)), half * (rule.weights[k] ?? 0));
    }
  }
}
