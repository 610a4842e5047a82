import { Anchor, Card, FileButton, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { readDefinitionFile } from '../../core/definition-file.js';
import { valuesOf } from './input.js';
import { templates } from './templates.js';
import type { FormValues } from './values.js';

interface TemplatePickerProps {
  /** @param notes what a file says that the form cannot take, or leaves open */
  readonly onPick: (values: FormValues, notes: readonly string[]) => void;
}

/** Where a new experiment starts from: a template, or a file. */
export function TemplatePicker({ onPick }: TemplatePickerProps) {
  const [fault, setFault] = useState<string | null>(null);

  async function read(file: File | null) {
    if (!file) return;
    const found = readFile(await file.text());
    if ('fault' in found) setFault(`${file.name}: ${found.fault}`);
    else onPick(found.values, found.notes);
  }

  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
        {templates.map(({ id, title, purpose, values }) => (
          <Card
            key={id}
            component="button"
            type="button"
            withBorder
            padding="md"
            style={{ textAlign: 'start', cursor: 'pointer' }}
            onClick={() => onPick(values, [])}
            data-template={id}
          >
            <Title order={2} size="h5">
              {title}
            </Title>
            <Text size="sm" c="dimmed">
              {purpose}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      <Group gap="xs">
        <Text size="sm">Or</Text>
        <FileButton accept="application/json,.json" onChange={read}>
          {(props) => (
            <Anchor component="button" type="button" size="sm" {...props}>
              import a JSON file
            </Anchor>
          )}
        </FileButton>
      </Group>
      {fault && (
        <Text size="sm" c="red" role="alert">
          {fault}
        </Text>
      )}
    </Stack>
  );
}

/** The values of a file's text, or why there are none. */
export function readFile(text: string): { readonly values: FormValues; readonly notes: readonly string[] } | { readonly fault: string } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { fault: `no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const read = readDefinitionFile(content);
  if (!read.ok) return { fault: read.fault };
  const { values, unknown } = valuesOf(read.input);
  const left = unknown.length > 0 ? [`Left out, for the form has no field for it: ${unknown.join(', ')}.`] : [];
  return { values, notes: [...read.notes, ...left] };
}
