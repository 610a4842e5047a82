import { Checkbox, MultiSelect, NumberInput, SimpleGrid, Switch } from '@mantine/core';
import { belowInput, Section, ShareInput } from './fields.js';
import { useFields } from './form-context.js';

const conditions = [
  { value: 'GUARDRAIL_BREACH', label: 'A guardrail is breached' },
  { value: 'SRM_DETECTED', label: 'The sample ratio is wrong' },
];

/** What happens without a person: the bandit's moves, rollback, shipping. */
export function AutomationSection() {
  const { form, field } = useFields();
  const isBandit = form.values.design === 'BANDIT';
  return (
    <>
      {isBandit && (
        <Section title="Bandit" hint="How its weights move." path="bandit">
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
            <NumberInput
              label="Seconds between moves"
              min={5}
              max={86_400}
              allowDecimal={false}
              {...belowInput}
              {...field('bandit.intervalSeconds')}
            />
            <ShareInput label="Least weight" {...belowInput} {...field('bandit.minWeight')} />
            <ShareInput label="Greatest weight" {...belowInput} {...field('bandit.maxWeight')} />
            <ShareInput label="Smoothing" description="Share of the old weights kept" {...belowInput} {...field('bandit.smoothing')} />
            <NumberInput label="Least units a variant" allowDecimal={false} {...belowInput} {...field('bandit.minUnitsPerArm')} />
            <NumberInput label="Burn-in, seconds" allowDecimal={false} {...belowInput} {...field('bandit.burnInSeconds')} />
            <ShareInput label="Exploration decay" description="0 keeps exploring" {...belowInput} {...field('bandit.explorationDecay')} />
          </SimpleGrid>
        </Section>
      )}
      <Section title="Without a person" hint="What Bellwether does by itself." path="rollback">
        <Switch label="Roll back when a condition holds" {...field('rollback.enabled', { type: 'checkbox' })} />
        <MultiSelect label="Conditions" data={conditions} disabled={!form.values.rollback.enabled} {...field('rollback.conditions')} />
        <Checkbox label="Ship the winner at once when the plan says so" {...field('rollback.autoDeploy', { type: 'checkbox' })} />
      </Section>
    </>
  );
}
