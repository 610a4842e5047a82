import { Alert, Box, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { CheckExperimentDocument } from '../generated/graphql.js';
import { AutomationSection } from './automation-section.js';
import { BasicsSection } from './basics-section.js';
import classes from './experiment-form.module.css';
import { ErrorsContext, FormProvider, useForm } from './form-context.js';
import { inputOf } from './input.js';
import { MetricsSection } from './metrics-section.js';
import { PlanSection } from './plan-section.js';
import { errorsByPath, errorsOfTouched, type FoundProblem } from './problems.js';
import { TargetingSection } from './targeting-section.js';
import { useSettled } from './use-settled.js';
import type { FormValues } from './values.js';
import { VariantsSection } from './variants-section.js';

interface ExperimentFormProps {
  readonly initial: FormValues;
  readonly isNew: boolean;
  /** Whether the plan has been registered: most members are fixed then. */
  readonly isStarted: boolean;
  readonly saveLabel: string;
  /** What is said beside the button, e.g. what a change will do. */
  readonly children?: ReactNode;
  /** Saves; resolves with what the service refused. */
  readonly onSave: (input: Readonly<Record<string, unknown>>) => Promise<readonly FoundProblem[]>;
  readonly onCancel: () => void;
}

/**
 * The whole contract as a form. The service checks while one writes; what it finds appears at the fields that have been touched, and everywhere once
 * saving was tried.
 */
export function ExperimentForm({ initial, isNew, isStarted, saveLabel, children, onSave, onCancel }: ExperimentFormProps) {
  const form = useForm({ initialValues: initial, onValuesChange: () => setRefused([]) });
  const [isTried, setTried] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [refused, setRefused] = useState<readonly FoundProblem[]>([]);
  const { input, faults } = inputOf(form.values);
  const asked = useSettled(input, 300);
  const [{ data }] = useQuery({
    query: CheckExperimentDocument,
    variables: { input: asked as never },
    pause: faults.length > 0,
    requestPolicy: 'network-only',
  });
  // A key in use is no problem of applyExperiment, which the check speaks for, but it is one of creating.
  const taken = isNew && data?.checkExperiment?.experiment?.key === form.values.key ? [keyTaken(form.values.key)] : [];
  const problems = [...faults, ...taken, ...(data?.checkExperiment?.problems ?? []), ...refused];
  const warnings = data?.checkExperiment?.warnings ?? [];
  const errors = errorsByPath(problems);
  const shown = isTried ? errors : errorsOfTouched(errors, form.isTouched);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    if (!form.isDirty()) return;
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  });

  async function save() {
    setTried(true);
    if (problems.length > 0) return;
    setSaving(true);
    try {
      setRefused(await onSave(input));
    } finally {
      setSaving(false);
    }
  }

  return (
    <FormProvider form={form}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="lg">
          <ErrorsContext value={shown}>
            <BasicsSection isNew={isNew} isLocked={isStarted} />
            <VariantsSection isLocked={isStarted} />
            <MetricsSection isLocked={isStarted} />
            <TargetingSection />
            <PlanSection isLocked={isStarted} />
            <AutomationSection />
          </ErrorsContext>
        </Stack>
        <Paper withBorder p="sm" bg="var(--surface)" className={classes.bar}>
          <Stack gap="xs">
            {isTried && problems.length > 0 && <Problems problems={problems} />}
            {warnings.length > 0 && (
              <Alert color="yellow" variant="light" p="xs">
                {warnings.map(({ message }) => message).join(' ')}
              </Alert>
            )}
            <Group justify="space-between">
              <Box>{children}</Box>
              <Group gap="xs">
                <Button variant="default" onClick={onCancel}>
                  Cancel
                </Button>
                <Button type="submit" loading={isSaving} disabled={isTried && problems.length > 0}>
                  {saveLabel}
                </Button>
              </Group>
            </Group>
          </Stack>
        </Paper>
      </form>
    </FormProvider>
  );
}

function keyTaken(key: string): FoundProblem {
  return { path: ['key'], message: `${key} is the key of another experiment.` };
}

function Problems({ problems }: { readonly problems: readonly FoundProblem[] }) {
  return (
    <Alert color="red" variant="light" p="xs" role="alert" title={problems.length === 1 ? 'One problem' : `${problems.length} problems`}>
      <List size="sm" mah={96} style={{ overflowY: 'auto' }}>
        {problems.map(({ path, message }) => (
          <List.Item key={`${path.join('.')} ${message}`}>
            <Text size="sm">
              {path.length > 0 && <b>{path.join(' › ')}: </b>}
              {message}
            </Text>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
