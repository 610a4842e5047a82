import { Alert, Group, JsonInput, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { CheckExperimentDocument } from '../generated/graphql.js';
import { useFormContext } from './form-context.js';
import { inputOf } from './input.js';
import { useSettled } from './use-settled.js';

/** What the service says of a unit's assignment, in words. */
const reasons: Readonly<Record<string, string>> = {
  SPLIT: 'drawn by the split',
  STICKY: 'kept from its first exposure',
  NOT_TARGETED: 'not eligible: the targeting does not hold',
  NOT_INCLUDED: 'eligible, but outside the share of traffic',
  EXCLUDED: 'taken by another experiment of the exclusion group',
  NO_UNIT: 'without the id that is randomised by',
  BOT: 'a bot, never counted',
  OVERRIDE: 'forced by an override',
};

/** A box to try targeting and split on one unit; asks the service, so it answers as it will when running. */
export function TryIt() {
  const form = useFormContext();
  const { hashKey } = form.values;
  const [id, setId] = useState('');
  const [attributes, setAttributes] = useState('');
  const facts = factsOf(attributes);
  const { input, faults } = inputOf(form.values);
  const asked = useSettled({ input, unit: unitOf(hashKey, id.trim(), facts ?? {}) }, 300);
  const [{ data, fetching }] = useQuery({
    query: CheckExperimentDocument,
    variables: asked as never,
    pause: id.trim() === '' || facts === null || faults.length > 0,
    requestPolicy: 'network-only',
  });
  const assignment = data?.checkExperiment?.assignment;
  return (
    <Paper bg="var(--mantine-color-default-hover)" p="sm" radius="sm" role="group" aria-label="Try it">
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          Try it on a unit
        </Text>
        <Group align="start" grow>
          <TextInput label={hashKey} placeholder="any id" value={id} onChange={({ currentTarget }) => setId(currentTarget.value)} />
          <JsonInput
            label="Attributes"
            placeholder='{"region": "US"}'
            autosize
            minRows={1}
            value={attributes}
            onChange={setAttributes}
            error={facts === null ? 'A JSON object, like {"region": "US"}' : null}
          />
        </Group>
        {id.trim() !== '' && !fetching && (
          <Alert variant="light" color={assignment?.inExperiment ? 'teal' : 'gray'} p="xs" aria-live="polite">
            {assignment
              ? `${assignment.variant}: ${reasons[assignment.reason] ?? assignment.reason}`
              : 'The definition still has problems; they are named at their fields.'}
          </Alert>
        )}
      </Stack>
    </Paper>
  );
}

type Facts = Readonly<Record<string, unknown>>;

/** @returns null where the text is no JSON object */
function factsOf(text: string): Facts | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : null;
  } catch {
    return null;
  }
}

const unitIds: ReadonlySet<string> = new Set(['userId', 'deviceId', 'tenantId']);

function unitOf(hashKey: string, id: string, attributes: Facts) {
  return unitIds.has(hashKey) ? { [hashKey]: id, attributes } : { attributes: { ...attributes, [hashKey]: id } };
}
