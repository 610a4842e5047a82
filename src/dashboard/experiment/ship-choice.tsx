import { Select } from '@mantine/core';
import type { HeaderFragment } from '../generated/graphql.js';

interface ShipChoiceProps {
  readonly experiment: HeaderFragment;
  readonly value: string | null;
  readonly onChange: (variant: string | null) => void;
}

/** What everybody gets when the experiment has ended. Once it has, there is no way back to nothing: who wants the control ships the control. */
export function ShipChoice({ experiment: { variants, status }, value, onChange }: ShipChoiceProps) {
  const control = variants.find(({ isControl }) => isControl);
  const choices = variants.map(({ key, name }) => ({ value: key, label: name ?? key }));
  const isOver = status === 'STOPPED';
  return (
    <Select
      label="Ship"
      description={
        value === null
          ? `Everybody gets the control “${control?.name ?? control?.key}”`
          : 'Everybody gets this variant, also those who did not take part'
      }
      data={isOver ? choices : [{ value: '', label: 'Nothing' }, ...choices]}
      required={isOver}
      allowDeselect={false}
      value={value ?? (isOver ? null : '')}
      onChange={(variant) => onChange(variant || null)}
    />
  );
}
