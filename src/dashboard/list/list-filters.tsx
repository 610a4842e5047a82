import { Group, Select, TextInput } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { designWords, statusWords } from '../format/words.js';
import type { ExperimentDesign, ExperimentStatus } from '../generated/graphql.js';
import type { ListView } from './list-query.js';

interface ListFiltersProps {
  readonly view: ListView;
  readonly onChange: (view: ListView) => void;
}

const options = (words: Readonly<Record<string, string>>) => Object.entries(words).map(([value, label]) => ({ value, label }));
const statuses = options(statusWords);
const designs = options(designWords);
const typingMs = 250;

/** Search and filters; each change goes back to the first page. */
export function ListFilters({ view, onChange }: ListFiltersProps) {
  const [typed, setTyped] = useState(view.search);
  const search = useEffectEvent((text: string) => {
    if (text !== view.search) onChange({ ...view, search: text, cursor: null });
  });
  useEffect(() => {
    const timer = setTimeout(() => search(typed), typingMs);
    return () => clearTimeout(timer);
  }, [typed]);
  // The way back through the history changes the view without typing.
  useEffect(() => setTyped(view.search), [view.search]);

  return (
    <Group gap="xs" role="search">
      <TextInput
        type="search"
        aria-label="Search by key, name or hypothesis"
        placeholder="Search key, name, hypothesis"
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        style={{ flex: '1 1 220px' }}
        maw={420}
      />
      <Select
        aria-label="Status"
        placeholder="All but archived"
        maxDropdownHeight={280}
        data={statuses}
        value={view.status}
        onChange={(status) => onChange({ ...view, status: status as ExperimentStatus | null, cursor: null })}
        clearable
        w={170}
      />
      <Select
        aria-label="Design"
        placeholder="Any design"
        data={designs}
        value={view.design}
        onChange={(design) => onChange({ ...view, design: design as ExperimentDesign | null, cursor: null })}
        clearable
        w={150}
      />
    </Group>
  );
}
