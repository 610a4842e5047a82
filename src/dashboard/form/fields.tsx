import { Alert, type InputWrapperProps, NumberInput, type NumberInputProps, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useFields } from './form-context.js';
import type { MaybeNumber } from './values.js';

/** What the sections of the form are made of. */

/** What a field means stands below it, so that the fields of a row stand in line. */
export const belowInput: Pick<InputWrapperProps, 'inputWrapperOrder'> = { inputWrapperOrder: ['label', 'input', 'description', 'error'] };

interface SectionProps {
  readonly title: string;
  readonly hint: string;
  /** Path of the member whose own problems, not those of fields inside it, are shown here. */
  readonly path?: string;
  readonly isLocked?: boolean;
  readonly children: ReactNode;
}

export function Section({ title, hint, path, isLocked = false, children }: SectionProps) {
  const { errors } = useFields();
  const fault = path === undefined ? null : errors[path];
  const id = `section-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return (
    <Paper component="section" withBorder p="lg" radius="md" bg="var(--surface)" aria-labelledby={id}>
      <Stack gap="md">
        <div>
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </div>
        {isLocked && (
          <Alert color="gray" variant="light" p="xs">
            Fixed since the start: what was registered cannot change while it is judged by it.
          </Alert>
        )}
        {children}
        {fault && (
          <Alert color="red" variant="light" p="xs" role="alert">
            {fault}
          </Alert>
        )}
      </Stack>
    </Paper>
  );
}

type ShareInputProps = Omit<NumberInputProps, 'value' | 'onChange' | 'suffix'> & {
  /** In [0, 1]. */
  readonly value?: MaybeNumber;
  readonly onChange?: (share: MaybeNumber) => void;
};

/** A share, read and written in per cent. */
export function ShareInput({ value = '', onChange, ...rest }: ShareInputProps) {
  return (
    <NumberInput
      {...rest}
      suffix=" %"
      decimalScale={4}
      value={value === '' ? '' : trimmed(value * 100)}
      onChange={(percent) => onChange?.(typeof percent === 'number' ? trimmed(percent / 100) : '')}
    />
  );
}

/** Without the digits that only binary fractions have: 0.3334 for 33.34 / 100. */
function trimmed(value: number): number {
  return Number(value.toPrecision(12));
}
