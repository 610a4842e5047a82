import { Autocomplete, Group, Select, SimpleGrid, TagsInput, Textarea, TextInput } from '@mantine/core';
import { belowInput, Section, ShareInput } from './fields.js';
import { useFields } from './form-context.js';

const designs = [
  { value: 'AB_TEST', label: 'A/B test: a fixed split, to learn which is better' },
  { value: 'BANDIT', label: 'Bandit: weights move to what works' },
  { value: 'CLUSTER', label: 'Clusters: accounts or markets are randomised as a whole' },
];

const hashKeys = ['userId', 'deviceId', 'tenantId'];

/** Name, purpose, design and who is randomised. */
export function BasicsSection({ isNew, isLocked }: { readonly isNew: boolean; readonly isLocked: boolean }) {
  const { form, field } = useFields();
  return (
    <Section title="The experiment" hint="What it is called, what you expect of it, and who is randomised.">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          placeholder="Shorter checkout"
          required
          {...field('name')}
          onChange={({ currentTarget: { value } }) => {
            // The key follows the name until somebody writes another.
            if (isNew && form.values.key === keyOf(form.values.name)) form.setFieldValue('key', keyOf(value));
            form.setFieldValue('name', value);
          }}
        />
        <TextInput
          label="Key"
          description="The handle that code uses; it never changes."
          {...belowInput}
          required
          disabled={!isNew}
          {...field('key')}
        />
      </SimpleGrid>
      <Textarea
        label="Hypothesis"
        placeholder="With fewer steps more visitors finish, because most leave at the address form."
        autosize
        minRows={2}
        {...field('hypothesis')}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label="Owner" placeholder="Team or person" {...field('owner')} />
        <TagsInput label="Tags" placeholder="checkout, mobile" clearable {...field('tags')} />
        <Select label="Design" data={designs} allowDeselect={false} disabled={isLocked} {...field('design')} />
        <Autocomplete
          label="Randomised by"
          description="userId, deviceId, tenantId, or the name of an attribute"
          {...belowInput}
          data={hashKeys}
          disabled={isLocked}
          {...field('hashKey')}
        />
      </SimpleGrid>
      <Group grow align="start">
        <ShareInput
          label="Traffic"
          description="Share of eligible units that takes part"
          {...belowInput}
          min={0}
          max={100}
          {...field('trafficAllocation')}
        />
        <TextInput
          label="Exclusion group"
          description="Experiments of one group share no units"
          {...belowInput}
          disabled={isLocked}
          {...field('exclusionGroup')}
        />
      </Group>
    </Section>
  );
}

/** A key that the service takes, from a name. */
function keyOf(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100);
}
