import { readFileSync } from 'node:fs';

/** A row of a table in docs/metrics.md. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  /** Whether instances that run no jobs have it too. */
  readonly everywhere: boolean;
}

const quoted = /`([a-z_]+)`/g;

export function documentedMetrics(): DocumentedMetric[] {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `bellwether_'))
    .map((line) => {
      const [, name = '', type = '', labels = '', on = ''] = line.split('|').map((cell) => cell.trim());
      return {
        name: name.replaceAll('`', ''),
        type,
        labels: [...labels.matchAll(quoted)].map(([, label]) => label ?? ''),
        everywhere: /\ball\b/.test(on),
      };
    });
}
