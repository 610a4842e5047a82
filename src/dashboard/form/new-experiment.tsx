import { Alert, Anchor, List, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { CreateExperimentDocument } from '../generated/graphql.js';
import { experimentPath, routes } from '../routes.js';
import { ExperimentForm } from './experiment-form.js';
import { problemsOf } from './problems.js';
import { TemplatePicker } from './template-picker.js';
import type { FormValues } from './values.js';

/** Creating: first where to start from, then the form. */
export function NewExperiment() {
  const [, navigate] = useLocation();
  const [, create] = useMutation(CreateExperimentDocument);
  const [start, setStart] = useState<{ readonly values: FormValues; readonly notes: readonly string[] } | null>(null);
  // One key for all tries of this form: a repetition after a lost answer creates nothing twice.
  const [idempotencyKey] = useState(() => crypto.randomUUID());

  return (
    <Stack gap="lg" maw={1100} mx="auto" w="100%">
      <title>New experiment · Bellwether</title>
      <Title order={1} size="h3">
        New experiment
      </Title>
      {start === null ? (
        <TemplatePicker onPick={(values, notes) => setStart({ values, notes })} />
      ) : (
        <>
          <Text size="sm">
            <Anchor component="button" type="button" onClick={() => setStart(null)}>
              Start from something else
            </Anchor>
          </Text>
          <Notes notes={start.notes} />
          <ExperimentForm
            initial={start.values}
            isNew
            isStarted={false}
            saveLabel="Create draft"
            onCancel={() => navigate(routes.list)}
            onSave={async (input) => {
              const { error } = await create({ input: input as never, idempotencyKey });
              if (error) return problemsOf(error);
              navigate(experimentPath(String(input.key)));
              return [];
            }}
          >
            <Text size="sm" c="dimmed">
              A draft: nobody is assigned before it is started.
            </Text>
          </ExperimentForm>
        </>
      )}
    </Stack>
  );
}

/** What a file said that the form left out or assumed. */
function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <Alert color="blue" variant="light" title="Imported; please look at">
      <List size="sm">
        {notes.map((note) => (
          <List.Item key={note}>{note}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
