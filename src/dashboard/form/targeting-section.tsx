import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { Section } from './fields.js';
import { useFields } from './form-context.js';
import { operators, type PredicateParts, partsOf, predicateOf } from './predicate.js';
import { TryIt } from './try-it.js';

/** Who is eligible, and a unit to try it on. */
export function TargetingSection() {
  return (
    <Section title="Targeting" hint="Who is eligible. Empty: everybody. Bots are never counted." path="targeting">
      <Predicates list="include" title="All of these hold" />
      <Predicates list="exclude" title="None of these holds" />
      <TryIt />
    </Section>
  );
}

function Predicates({ list, title }: { readonly list: 'include' | 'exclude'; readonly title: string }) {
  const { form, errors } = useFields();
  const predicates = form.values.targeting[list];
  const path = `targeting.${list}`;
  const set = (next: readonly string[]) => form.setFieldValue(path, next as never);
  const change = (place: number, parts: PredicateParts) => set(predicates.map((old, each) => (each === place ? predicateOf(parts) : old)));
  return (
    <Stack gap="xs" role="group" aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {predicates.map((predicate, place) => {
        const parts = partsOf(predicate);
        return (
          // A predicate being typed has no other identity than its place.
          <Group key={`${list}-${String(place)}`} gap="xs" align="start" wrap="nowrap">
            <TextInput
              aria-label="Attribute"
              placeholder="region"
              value={parts.name}
              onChange={({ currentTarget }) => change(place, { ...parts, name: currentTarget.value })}
              error={errors[`${path}.${place}`]}
              style={{ flex: 2 }}
            />
            <Select
              aria-label="Comparison"
              data={operators}
              value={parts.operator}
              allowDeselect={false}
              onChange={(operator) => change(place, { ...parts, operator: operator ?? ':' })}
              style={{ flex: 2 }}
            />
            <TextInput
              aria-label="Value"
              placeholder={parts.operator === ':' ? 'US|CA' : '18'}
              value={parts.value}
              onChange={({ currentTarget }) => change(place, { ...parts, value: currentTarget.value })}
              style={{ flex: 3 }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={`Remove ${predicate}`}
              onClick={() => set(predicates.filter((_, each) => each !== place))}
            >
              ×
            </ActionIcon>
          </Group>
        );
      })}
      <Group>
        <Button variant="default" size="xs" onClick={() => set([...predicates, ':'])}>
          Add a condition
        </Button>
      </Group>
    </Stack>
  );
}
