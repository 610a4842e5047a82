import { Alert, Loader, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from 'urql';
import { useLocation } from 'wouter';
import { DefinitionDocument, UpdateExperimentDocument } from '../generated/graphql.js';
import { experimentPath } from '../routes.js';
import { ExperimentForm } from './experiment-form.js';
import { inputOf, valuesOf } from './input.js';
import { problemsOf } from './problems.js';

/** Changing: the same form, with what the start has fixed locked. */
export function EditExperiment({ experimentKey }: { readonly experimentKey: string }) {
  const [, navigate] = useLocation();
  const [{ data, error, fetching }] = useQuery({
    query: DefinitionDocument,
    variables: { key: experimentKey },
    requestPolicy: 'network-only',
  });
  const [, update] = useMutation(UpdateExperimentDocument);
  const experiment = data?.experiment;
  const page = experimentPath(experimentKey);

  return (
    <Stack gap="lg" maw={1100} mx="auto" w="100%">
      <title>{`Edit ${experimentKey} · Bellwether`}</title>
      <Title order={1} size="h3">
        {experiment ? `Edit ${experiment.name}` : 'Edit'}
      </Title>
      {fetching && <Loader aria-label="Loading" />}
      {error && <Alert color="red">{problemsOf(error)[0]?.message}</Alert>}
      {data && !experiment && <Alert color="gray">There is no experiment {experimentKey}.</Alert>}
      {experiment && (
        <ExperimentForm
          // Another revision is another form: what was typed was typed against the old one.
          key={experiment.id}
          initial={valuesOf(experiment.definition).values}
          isNew={false}
          isStarted={experiment.status !== 'DRAFT'}
          saveLabel="Save changes"
          onCancel={() => navigate(page)}
          onSave={async (input) => {
            const before = inputOf(valuesOf(experiment.definition).values).input;
            const changes = { ...changedMembers(before, input), key: experimentKey, expectedRevision: experiment.revision };
            const { error: refused } = await update({ input: changes as never, idempotencyKey: crypto.randomUUID() });
            if (refused) return problemsOf(refused);
            navigate(page);
            return [];
          }}
        >
          <Text size="sm" c="dimmed">
            {experiment.status === 'DRAFT' ? 'Still a draft: everything can change.' : 'Changes reach every visitor within a second.'}
          </Text>
        </ExperimentForm>
      )}
    </Stack>
  );
}

type Json = Readonly<Record<string, unknown>>;

/** Members that differ; what is left out now and was there is cleared. */
export function changedMembers(before: Json, after: Json): Json {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? null]));
}
