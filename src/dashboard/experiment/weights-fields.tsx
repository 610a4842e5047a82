import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { share } from '../format/numbers.js';
import type { HeaderFragment } from '../generated/graphql.js';

type Weights = readonly { readonly variant: string; readonly weight: number }[];

interface WeightsFieldsProps {
  readonly variants: HeaderFragment['variants'];
  readonly weights: Weights;
  readonly onChange: (weights: Weights) => void;
}

/** Shares of the variants in per cent, with their sum, which must be the whole. */
export function WeightsFields({ variants, weights, onChange }: WeightsFieldsProps) {
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  const isWhole = Math.abs(sum - 1) <= 1e-9;
  return (
    <Stack gap="xs">
      {weights.map(({ variant, weight }) => (
        <NumberInput
          key={variant}
          label={variants.find(({ key }) => key === variant)?.name ?? variant}
          suffix=" %"
          min={0}
          max={100}
          decimalScale={4}
          value={Number((weight * 100).toFixed(6))}
          onChange={(value) =>
            onChange(
              weights.map((each) => (each.variant === variant ? { variant, weight: Number((Number(value) / 100).toFixed(8)) } : each)),
            )
          }
        />
      ))}
      <Group justify="space-between">
        <Text size="sm" style={{ color: isWhole ? undefined : 'var(--worse)' }} aria-live="polite">
          Sum {share(sum)}
          {!isWhole && ': it must be 100%'}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange(weights.map(({ variant }) => ({ variant, weight: 1 / weights.length })))}
        >
          Make even
        </Button>
      </Group>
    </Stack>
  );
}
