import { Checkbox, NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { belowInput } from './fields.js';
import { useFields } from './form-context.js';
import type { GuardrailValues, MetricValues } from './values.js';

const types = [
  { value: 'CONVERSION', label: 'Conversion: share of units with an event' },
  { value: 'COUNT', label: 'Count: events a unit' },
  { value: 'CONTINUOUS', label: 'Sum: values a unit' },
  { value: 'RATIO', label: 'Ratio: one metric over another' },
];

const directions = [
  { value: 'INCREASE', label: 'More is better' },
  { value: 'DECREASE', label: 'Less is better' },
];

const actions = [
  { value: 'ROLLBACK', label: 'Roll back by itself' },
  { value: 'ALERT', label: 'Only alert' },
];

interface MetricFieldsProps {
  readonly path: string;
  readonly values: MetricValues | GuardrailValues;
  readonly isLocked: boolean;
}

/** The fields of one metric; a guardrail has a threshold and an action, another may be adjusted for values before exposure. */
export function MetricFields({ path, values, isLocked }: MetricFieldsProps) {
  const { field } = useFields();
  const lockable = (name: string) => ({ ...belowInput, disabled: isLocked, ...field(`${path}.${name}`) });
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
      <TextInput label="Key" placeholder="checkout" required {...lockable('key')} />
      <TextInput label="Name" placeholder="Visitors who check out" {...lockable('name')} />
      <Select label="Measured as" data={types} allowDeselect={false} {...lockable('type')} />
      <Select label="Direction" data={directions} allowDeselect={false} {...lockable('direction')} />
      {values.type === 'RATIO' && (
        <TextInput label="Divided by" placeholder="Key of another metric" required {...lockable('denominator')} />
      )}
      {'threshold' in values && (
        <>
          <NumberInput
            label="Threshold"
            description="Most harm against the control, absolute"
            min={0}
            required
            {...lockable('threshold')}
          />
          <Select label="On a breach" description="Proven, not by noise" data={actions} allowDeselect={false} {...lockable('action')} />
        </>
      )}
      <NumberInput label="Window, hours" description="After first exposure; empty: no end" min={0} {...lockable('windowHours')} />
      {values.type !== 'CONVERSION' && <NumberInput label="Cap" description="Greater values a unit count as this" {...lockable('cap')} />}
      {'cuped' in values && values.type !== 'RATIO' && (
        <Checkbox
          mt="lg"
          label="Use values before exposure (CUPED)"
          disabled={isLocked}
          {...field(`${path}.cuped`, { type: 'checkbox' })}
        />
      )}
    </SimpleGrid>
  );
}
