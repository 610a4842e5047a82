import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { hasPrometheus, promtool } from './prometheus.js';
import { catalogue, metricsIn, unknownIn } from './promql.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTests {
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly { readonly exp_labels: object }[] }[];
  }[];
}

const folder = 'ops/prometheus';
const { groups } = parse(readFileSync(join(folder, 'alerts.yml'), 'utf8')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const testFiles = readdirSync(join(folder, 'tests')).map((file) => join(folder, 'tests', file));
const cases = testFiles
  .flatMap((file) => (parse(readFileSync(file, 'utf8'), { merge: true }) as RuleTests).tests)
  .flatMap((one) => one.alert_rule_test);

const sections = readFileSync('docs/runbook.md', 'utf8').split(/^## /m).slice(1);
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
const sectionBySlug = new Map(sections.map((section) => [slug(section.split('\n')[0] ?? ''), section]));

/** What issue and operators count on; a rule that is renamed or lost is missed here. */
const wanted = [
  'AssignmentsSlow',
  'BanditHalted',
  'BanditMovement',
  'ConversionAnomaly',
  'DiskFilling',
  'DiskFull',
  'EventsRefused',
  'FallbackShare',
  'IngestLag',
  'PartitionMissing',
  'PolicyStale',
  'RedisMemory',
  'SampleRatio',
  'StoreAway',
].map((name) => `Bellwether${name}`);

test('there is a rule for everything that must be heard of', () => {
  const names = new Set(rules.map(({ alert }) => alert));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});

test.each(groups)('the group $name names its subject', ({ name }) => {
  expect(name).toMatch(/^bellwether-[a-z]+$/);
});

describe.each(rules)('$alert ($labels.severity)', ({ alert, expr, labels, annotations }) => {
  test('asks for metrics and labels that the catalogue has', () => {
    expect(catalogue.size).toBeGreaterThan(40);
    expect(expr).toMatch(/\b(bellwether_\w+|up)\b/);
    expect(unknownIn(expr)).toEqual([]);
  });

  test('has a severity that says who is woken, and words for them', () => {
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(annotations.description).toMatch(/^[A-Z{].{20,}\.$/);
  });

  test('leads to a section of the runbook that names it', () => {
    const [page, heading] = (annotations.runbook_url ?? '').split('#');
    expect(page).toBe('docs/runbook.md');
    expect([...sectionBySlug.keys()]).toContain(heading);
    expect(sectionBySlug.get(heading ?? '')).toContain(`\`${alert}\``);
  });

  test('is tried on series that make it fire and on others that do not', () => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    const fires = own.flatMap(({ exp_alerts = [] }) => exp_alerts);
    expect(fires.some(({ exp_labels }) => Object.entries(labels).every(([name, value]) => Reflect.get(exp_labels, name) === value))).toBe(
      true,
    );
    expect(own.some(({ exp_alerts = [] }) => exp_alerts.length === 0)).toBe(true);
  });
});

test('finds the metrics of a query that it judges', () => {
  const expression = 'sum by (le) (rate(bellwether_assignment_duration_seconds_bucket{operation!="assign", le="0.05"}[5m])) / up{job="x"}';
  expect(metricsIn(expression)).toEqual(['bellwether_assignment_duration_seconds', 'up']);
  expect(unknownIn(expression)).toEqual([]);
  expect(unknownIn('sum by (variant, reason) (bellwether_assignments_total{unit="a"}) + bellwether_assignment_total')).toEqual([
    'bellwether_assignments_total{unit}',
    'bellwether_assignment_total',
    'variant',
  ]);
});

describe.runIf(hasPrometheus)('promtool', () => {
  test('accepts the rules and the configuration', async () => {
    expect(await promtool(['check', 'rules', join(folder, 'alerts.yml')])).toMatchObject({ code: 0 });
    expect(await promtool(['check', 'config', join(folder, 'prometheus.yml')])).toMatchObject({ code: 0 });
  });

  test.each(testFiles)('sees what %s says: what fires, when, and in which words', async (file) => {
    const { code, output } = await promtool(['test', 'rules', file]);
    expect(output).toContain('SUCCESS');
    expect(code).toBe(0);
  });
});
