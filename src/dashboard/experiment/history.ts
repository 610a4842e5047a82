/** Points of a chart that grows while one looks: bounded, so that a page left open for a week draws as fast as a new one. */

interface Growth<Point> {
  /** Grows from point to point; a point that is not beyond the last one is known already. */
  readonly order: (point: Point) => number;
  /** Points that are never thinned out. */
  readonly isKept?: (point: Point) => boolean;
}

const mostPoints = 800;

/** The points with new ones behind them. When they are too many, every second one goes, except the last and those that are kept. */
export function grown<Point>(
  points: readonly Point[],
  fresh: readonly Point[],
  { order, isKept = () => false }: Growth<Point>,
): readonly Point[] {
  let newest = points.length === 0 ? Number.NEGATIVE_INFINITY : order(points[points.length - 1] as Point);
  const beyond = fresh.filter((point) => {
    if (order(point) <= newest) return false;
    newest = order(point);
    return true;
  });
  if (beyond.length === 0) return points;
  const all = [...points, ...beyond];
  return all.length <= mostPoints ? all : all.filter((point, place) => place % 2 === 0 || place === all.length - 1 || isKept(point));
}
