import { NumberInput, Select, SimpleGrid, TagsInput, Text, TextInput } from '@mantine/core';
import { belowInput, Section, ShareInput } from './fields.js';
import { useFields } from './form-context.js';
import { PowerCalculator } from './power-calculator.js';
import { isMetered, scheduleFor } from './values.js';

const methods = [
  { value: 'ALWAYS_VALID', label: 'Always valid', says: 'Look whenever you like: every reading keeps the promised error.' },
  {
    value: 'GROUP_SEQUENTIAL',
    label: 'Group sequential',
    says: 'A few planned looks up to a fixed number of units; the most power for that size.',
  },
  { value: 'FREQUENTIST_T_TEST', label: 't-test', says: 'Welch’s test at a number of looks fixed now; alpha is divided among them.' },
  { value: 'SPRT', label: 'Sequential probability ratio', says: 'Tests for a given effect, and can also say early that it is not there.' },
  {
    value: 'BAYESIAN',
    label: 'Bayesian',
    says: 'Stops when the expected loss is small. It promises a small loss, not a rate of false positives.',
  },
];

const corrections = [
  { value: 'HOLM', label: 'Holm' },
  { value: 'BONFERRONI', label: 'Bonferroni' },
  { value: 'BENJAMINI_HOCHBERG', label: 'Benjamini-Hochberg (share of false discoveries)' },
  { value: 'NONE', label: 'None' },
];

const spendings = [
  { value: 'OBRIEN_FLEMING', label: 'O’Brien-Fleming: strict early, nearly full strength at the end' },
  { value: 'POCOCK', label: 'Pocock: alike at every look' },
];

/** How and when it is decided; registered at the start. */
export function PlanSection({ isLocked }: { readonly isLocked: boolean }) {
  const { form, field } = useFields();
  const { method, schedule } = form.values.evaluation;
  const lockable = (name: string) => ({ ...belowInput, disabled: isLocked, ...field(`evaluation.${name}`) });
  return (
    <Section
      title="Plan"
      hint="How and when it is decided. Registered at the start, so that nobody can move the goal."
      path="evaluation"
      isLocked={isLocked}
    >
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        <Select
          label="Method"
          data={methods.map(({ value, label }) => ({ value, label }))}
          allowDeselect={false}
          {...lockable('method')}
          onChange={(chosen) => {
            if (chosen === null) return;
            form.setFieldValue('evaluation.method', chosen);
            form.setFieldValue('evaluation.schedule', scheduleFor(chosen, schedule));
          }}
        />
        {method !== 'BAYESIAN' && <ShareInput label="Alpha" min={0} max={100} {...lockable('alpha')} />}
        <ShareInput label="Power" min={0} max={100} {...lockable('power')} />
        <ShareInput
          label="Smallest effect that matters"
          description="Relative change of the primary metric"
          required={method === 'SPRT'}
          {...lockable('minimumEffect')}
        />
        {method === 'BAYESIAN' && (
          <NumberInput label="Loss threshold" description="In the primary metric’s unit" required {...lockable('lossThreshold')} />
        )}
        {isMetered(method) && <NumberInput label="Looks" min={1} allowDecimal={false} {...lockable('maxPeeks')} />}
        {method === 'GROUP_SEQUENTIAL' && <Select label="Spending" data={spendings} allowDeselect={false} {...lockable('spending')} />}
        <NumberInput
          label="Horizon, units"
          description="All variants together"
          allowDecimal={false}
          thousandSeparator=" "
          required={method === 'GROUP_SEQUENTIAL'}
          {...lockable('horizonUnits')}
        />
        <NumberInput label="Least units a variant" allowDecimal={false} thousandSeparator=" " {...lockable('minSampleSize')} />
        <Select label="Correction" data={corrections} allowDeselect={false} {...lockable('correction')} />
        <TextInput label="Schedule" description="every_60s, hourly, daily_0900_utc, or cron" {...lockable('schedule')} />
        <TagsInput label="Segments" description="Attributes to split results by; exploratory" maxTags={5} {...lockable('segments')} />
      </SimpleGrid>
      <Text size="sm">{methods.find(({ value }) => value === method)?.says}</Text>
      <PowerCalculator isLocked={isLocked} />
    </Section>
  );
}
