import { type DocumentedMetric, documentedMetrics } from '../telemetry/documented.js';

/** What a query of Prometheus asks for, held against the metrics that docs/metrics.md promises. */

export const catalogue: ReadonlyMap<string, DocumentedMetric> = new Map(documentedMetrics().map((metric) => [metric.name, metric]));

/** What Prometheus itself adds to each series and knows of each target. */
const targetLabels = ['job', 'instance'];

/** Everything that a query asks of metrics that nobody exposes: names, labels to match by, labels to group by. */
export function unknownIn(expression: string): string[] {
  const selectors = selectorsOf(expression).map(({ metric, labels }) => ({ metric, labels, known: labelsOf(metric) }));
  const somebodys = new Set([...targetLabels, ...selectors.flatMap(({ known }) => known ?? [])]);
  return [
    ...selectors.flatMap(({ metric, labels, known }) =>
      known ? labels.filter((label) => !known.includes(label)).map((label) => `${metric}{${label}}`) : [metric],
    ),
    ...groupingLabelsOf(expression).filter((label) => !somebodys.has(label)),
  ];
}

/** Labels that a metric's series have; null: nobody exposes it. */
function labelsOf(metric: string): readonly string[] | null {
  if (metric === 'up') return targetLabels;
  const { name, entry } = entryOf(metric);
  return entry ? [...entry.labels, ...targetLabels, ...(name === metric ? [] : ['le'])] : null;
}

/** Names of the metrics in a query, without what a histogram appends. */
export function metricsIn(expression: string): string[] {
  return [...new Set(selectorsOf(expression).map(({ metric }) => entryOf(metric).name))];
}

function entryOf(metric: string): { readonly name: string; readonly entry: DocumentedMetric | undefined } {
  const base = metric.replace(/_(bucket|sum|count)$/, '');
  const name = catalogue.get(base)?.type === 'histogram' ? base : metric;
  return { name, entry: catalogue.get(name) };
}

function selectorsOf(expression: string): { readonly metric: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/\b(bellwether_\w+|up)\b(?:\{([^}]*)\})?/g)].map(([, metric, matchers]) => ({
    metric: metric as string,
    labels: [...(matchers ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label as string),
  }));
}

function groupingLabelsOf(expression: string): string[] {
  const lists = expression.matchAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g);
  return [...lists].flatMap(([, list]) => (list ?? '').split(',').map((label) => label.trim())).filter((label) => label !== '');
}
