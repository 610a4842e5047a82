import { Badge, Group, Stack, Text } from '@mantine/core';
import { GuardrailBar } from '../charts/guardrail-bar.js';
import { Panel } from '../charts/panel.js';
import { difference, range, unitOfMetric } from '../format/numbers.js';
import { Unknown } from '../format/unknown.js';
import type { GuardrailAction, HeaderFragment, JudgedFragment } from '../generated/graphql.js';
import { labelOf, type ShownVariant } from './variants.js';

interface GuardrailsProps {
  readonly guardrails: JudgedFragment['guardrails'];
  readonly metrics: HeaderFragment['metrics'];
  readonly variants: readonly ShownVariant[];
}

const actionWords: Readonly<Record<GuardrailAction, string>> = {
  ROLLBACK: 'a breach rolls back',
  PAUSE: 'a breach pauses',
  ALERT: 'a breach raises an alert',
};

/** Harm against the most that is tolerated. */
export function Guardrails({ guardrails, metrics, variants }: GuardrailsProps) {
  return (
    <Panel title="Guardrails" hint="Breached when the whole interval lies beyond the threshold: harm is then proven, not noise">
      {guardrails.length === 0 && (
        <Text size="sm" c="dimmed">
          None is watched.
        </Text>
      )}
      <Stack gap="sm">
        {guardrails.map(({ metric: key, variant, breached, effect, interval, threshold, action }) => {
          const metric = metrics.find((each) => each.key === key);
          const unit = unitOfMetric(metric?.type);
          const isLessBetter = metric?.direction === 'DECREASE';
          // Harm is a rise where less is better, a fall where more is.
          const limit = isLessBetter ? threshold : -threshold;
          return (
            <div key={`${key} ${variant}`} data-guardrail={key} data-breached={breached}>
              <Group justify="space-between" gap="xs">
                <Text size="sm" className="break">
                  {metric?.name ?? key} · {labelOf(variants, variant)}
                </Text>
                <Badge variant={breached ? 'filled' : 'default'} color={breached ? 'red' : undefined} tt="none">
                  {breached ? 'Breached' : 'Within'}
                </Badge>
              </Group>
              <GuardrailBar effect={effect} interval={interval} limit={limit} isBreached={breached} />
              <Text size="xs" c="dimmed">
                {effect === null ? <Unknown reason="Too few units or conversions yet" /> : difference(effect, unit)}
                {interval && ` (${range(interval.lower, interval.upper, (value) => difference(value, unit))})`} · tolerated up to{' '}
                {difference(limit, unit)} · {actionWords[action] ?? action}
              </Text>
            </div>
          );
        })}
      </Stack>
    </Panel>
  );
}
