import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { Section } from './fields.js';
import { useFields } from './form-context.js';
import { MetricFields } from './metric-fields.js';
import { emptyGuardrail, emptyMetric } from './values.js';

/** What is measured: one metric decides, others explain, guardrails watch for harm. */
export function MetricsSection({ isLocked }: { readonly isLocked: boolean }) {
  const { form } = useFields();
  const { secondary, guardrails } = form.values.metrics;
  return (
    <Section
      title="Metrics"
      hint="Keys are what events name. One metric decides; guardrails only watch for harm."
      path="metrics"
      isLocked={isLocked}
    >
      <Text size="sm" fw={600}>
        Primary: the one that decides
      </Text>
      <Card withBorder padding="sm">
        <MetricFields path="metrics.primary" values={form.values.metrics.primary} isLocked={isLocked} />
      </Card>
      <MetricList
        title="Secondary: judged in the same family"
        path="metrics.secondary"
        metrics={secondary}
        added={emptyMetric}
        addLabel="Add a secondary metric"
        isLocked={isLocked}
      />
      <MetricList
        title="Guardrails: must not get worse than the threshold"
        path="metrics.guardrails"
        metrics={guardrails}
        added={emptyGuardrail}
        addLabel="Add a guardrail"
        isLocked={isLocked}
      />
    </Section>
  );
}

type Metric = Parameters<typeof MetricFields>[0]['values'];

interface MetricListProps {
  readonly title: string;
  readonly path: 'metrics.secondary' | 'metrics.guardrails';
  readonly metrics: readonly Metric[];
  readonly added: Metric;
  readonly addLabel: string;
  readonly isLocked: boolean;
}

function MetricList({ title, path, metrics, added, addLabel, isLocked }: MetricListProps) {
  const { form } = useFields();
  return (
    <Stack gap="xs" role="group" aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {metrics.map((metric, place) => (
        // A metric being written has no other identity than its place.
        <Card key={`${path}-${String(place)}`} withBorder padding="sm">
          <MetricFields path={`${path}.${place}`} values={metric} isLocked={isLocked} />
          <Group justify="end" mt="xs">
            <Button variant="subtle" color="gray" size="xs" disabled={isLocked} onClick={() => form.removeListItem(path, place)}>
              Remove {metric.key || 'this metric'}
            </Button>
          </Group>
        </Card>
      ))}
      <Group>
        <Button variant="default" size="xs" disabled={isLocked} onClick={() => form.insertListItem(path, added as never)}>
          {addLabel}
        </Button>
      </Group>
    </Stack>
  );
}
