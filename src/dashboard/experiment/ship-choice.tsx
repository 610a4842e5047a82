import { Select } from '@mantine/core';
import type { HeaderFragment } from '../generated/graphql.js';

interface ShipChoiceProps {
  readonly experiment: HeaderFragment;
  readonly value: string | null;
  readonly onChange: (variant: string | null) => void;
}

/** What everybody gets when the experiment has ended. */
export function ShipChoice({ experiment: { variants }, value, onChange }: ShipChoiceProps) {
  const control = variants.find(({ isControl }) => isControl);
  return (
    <Select
      label="Ship"
      description={
        value === null
          ? `Everybody gets the control “${control?.name ?? control?.key}”`
          : 'Everybody gets this variant, also those who did not take part'
      }
      data={[{ value: '', label: 'Nothing' }, ...variants.map(({ key, name }) => ({ value: key, label: name ?? key }))]}
      allowDeselect={false}
      value={value ?? ''}
      onChange={(variant) => onChange(variant || null)}
    />
  );
}
