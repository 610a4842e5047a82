import { Button, Group, NumberInput, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { type EvaluationMethod, type MetricType, PowerPlanDocument } from '../generated/graphql.js';
import { ShareInput } from './fields.js';
import { useFormContext } from './form-context.js';
import { useSettled } from './use-settled.js';
import type { FormValues, MaybeNumber } from './values.js';

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

/** How many units the plan needs for its smallest effect, and how long that takes: answers while one types, by the plan's own method. */
export function PowerCalculator({ isLocked }: { readonly isLocked: boolean }) {
  const form = useFormContext();
  const { evaluation, metrics } = form.values;
  const [baseline, setBaseline] = useState<MaybeNumber>('');
  const [standardDeviation, setDeviation] = useState<MaybeNumber>('');
  const [unitsPerDay, setUnitsPerDay] = useState<MaybeNumber>('');
  const isRate = metrics.primary.type === 'CONVERSION';
  const input = useSettled(powerInput(form.values, { baseline, standardDeviation, unitsPerDay }), 250);
  const [{ data, error, fetching }] = useQuery({ query: PowerPlanDocument, variables: { input: input as never }, pause: input === null });
  const plan = input === null ? null : data?.power;
  return (
    <Paper bg="var(--mantine-color-default-hover)" p="sm" radius="sm" role="group" aria-label="Power calculator">
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          How long will it take?
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          {isRate ? (
            <ShareInput label="Rate of the control" value={baseline} onChange={setBaseline} />
          ) : (
            <NumberInput label="Mean of the control" value={baseline} onChange={(value) => setBaseline(numberOf(value))} />
          )}
          {!isRate && (
            <NumberInput label="Standard deviation a unit" value={standardDeviation} onChange={(value) => setDeviation(numberOf(value))} />
          )}
          <NumberInput
            label="New units a day"
            thousandSeparator=" "
            value={unitsPerDay}
            onChange={(value) => setUnitsPerDay(numberOf(value))}
          />
        </SimpleGrid>
        <Group justify="space-between" aria-live="polite">
          <Text size="sm">
            {error
              ? (error.graphQLErrors[0]?.message ?? 'The service cannot be reached.')
              : plan
                ? `${whole.format(plan.unitsPerVariant)} units a variant, ${whole.format(plan.totalUnits)} in all${daysText(plan.days)}, to find ${percent(plan.minimumEffect)} with a chance of ${percent(plan.power)}.`
                : fetching
                  ? 'Working it out …'
                  : `Say the control's ${isRate ? 'rate' : 'mean and deviation'} and the smallest effect that matters.`}
          </Text>
          {plan && (
            <Button
              size="xs"
              variant="light"
              disabled={isLocked || evaluation.horizonUnits === plan.totalUnits}
              onClick={() => form.setFieldValue('evaluation.horizonUnits', plan.totalUnits)}
            >
              Register as the horizon
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}

interface Known {
  readonly baseline: MaybeNumber;
  readonly standardDeviation: MaybeNumber;
  readonly unitsPerDay: MaybeNumber;
}

/** The question for the service; null while something is missing. */
function powerInput({ evaluation, metrics, variants }: FormValues, { baseline, standardDeviation, unitsPerDay }: Known) {
  const { type } = metrics.primary;
  const { minimumEffect, alpha, power, method, maxPeeks } = evaluation;
  const isRate = type === 'CONVERSION';
  if (baseline === '' || minimumEffect === '' || alpha === '' || power === '' || maxPeeks === '') return null;
  if (!isRate && standardDeviation === '') return null;
  return {
    metricType: type as MetricType,
    method: method as EvaluationMethod,
    baseline,
    ...(!isRate && { standardDeviation }),
    minimumEffect,
    alpha,
    power,
    maxPeeks,
    variants: variants.length,
    ...(unitsPerDay !== '' && { unitsPerDay }),
  };
}

function daysText(days: number | null | undefined): string {
  if (days === null || days === undefined) return '';
  return `, ${days < 1 ? 'less than a day' : `${whole.format(Math.ceil(days))} days`}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function numberOf(value: string | number): MaybeNumber {
  return typeof value === 'number' ? value : '';
}
