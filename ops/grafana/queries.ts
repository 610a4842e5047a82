/** Queries as they recur, over all instances. */

/** Of a histogram over all instances, e.g. its 99th percentile; `by` further labels that stay apart. */
export function quantile(q: number, metric: string, { by = [], where = '' }: { by?: readonly string[]; where?: string } = {}): string {
  const labels = ['le', ...by].join(', ');
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${metric}_bucket${where}[$__rate_interval])))`;
}

/** Of a counter over all instances, a second. */
export function perSecond(metric: string, { by = [], where = '' }: { by?: readonly string[]; where?: string } = {}): string {
  return `sum${by.length > 0 ? ` by (${by.join(', ')})` : ''} (rate(${metric}${where}[$__rate_interval]))`;
}
