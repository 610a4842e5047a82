import { Alert, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useClient } from 'urql';
import type { HeaderFragment } from '../generated/graphql.js';
import { type PageAction, wordsOf } from './actions.js';
import { DryRunWarning } from './dry-run.js';
import { type Asked, perform, presentOf, type Toggled } from './perform.js';
import { ShipChoice } from './ship-choice.js';
import { WeightsFields } from './weights-fields.js';

interface ActionDialogProps {
  readonly action: PageAction;
  readonly experiment: HeaderFragment;
  readonly toggled?: Toggled;
  /** STOP: what is likely to be shipped. */
  readonly suggestion?: string | null;
  readonly onDone?: () => void;
}

const withReason: ReadonlySet<PageAction> = new Set(['PAUSE', 'STOP', 'ROLLBACK']);

/** Opens the dialog that names the consequence and asks for what the action needs. */
export function askFor(props: ActionDialogProps): void {
  const id = `action-${props.action}`;
  modals.open({
    modalId: id,
    title: wordsOf(props.action, props.experiment).title,
    centered: true,
    children: (
      <ActionDialog
        {...props}
        onDone={() => {
          modals.close(id);
          props.onDone?.();
        }}
      />
    ),
  });
}

function ActionDialog({ action, experiment, toggled, suggestion = null, onDone }: ActionDialogProps) {
  const client = useClient();
  const words = wordsOf(action, experiment);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [isRunning, setRunning] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked>(() => ({ ...presentOf(experiment), shipVariant: suggestion, toggled: toggled ?? null }));
  const change = (part: Partial<Asked>) => setAsked((known) => ({ ...known, ...part }));

  async function run() {
    setRunning(true);
    const outcome = await perform(client, { action, experiment, asked, idempotencyKey });
    setRunning(false);
    setFault('refused' in outcome ? outcome.refused : null);
    if ('refused' in outcome) return;
    notifications.show({ message: `${words.label}: done`, color: 'teal', autoClose: 3_000 });
    for (const message of outcome.warnings) notifications.show({ message, color: 'yellow', autoClose: 10_000 });
    onDone?.();
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{words.consequence(experiment, toggled)}</Text>
        {action === 'START' && <DryRunWarning experimentKey={experiment.key} />}
        {action === 'STOP' && (
          <ShipChoice experiment={experiment} value={asked.shipVariant} onChange={(shipVariant) => change({ shipVariant })} />
        )}
        {action === 'SET_WEIGHTS' && (
          <WeightsFields variants={experiment.variants} weights={asked.weights} onChange={(weights) => change({ weights })} />
        )}
        {action === 'SET_TRAFFIC_ALLOCATION' && (
          <NumberInput
            label="Share of eligible units"
            suffix=" %"
            min={0}
            max={100}
            decimalScale={4}
            data-autofocus
            value={Number((asked.trafficAllocation * 100).toFixed(6))}
            onChange={(value) => typeof value === 'number' && change({ trafficAllocation: value / 100 })}
          />
        )}
        {withReason.has(action) && (
          <TextInput
            label="Reason"
            description="For the audit log"
            required={action === 'ROLLBACK'}
            data-autofocus
            value={asked.reason}
            onChange={({ currentTarget }) => change({ reason: currentTarget.value })}
          />
        )}
        {fault && (
          <Alert color="red" variant="light" role="alert" p="xs">
            {fault}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => modals.closeAll()}>
            Cancel
          </Button>
          <Button type="submit" color={words.isGrave ? 'red' : undefined} loading={isRunning}>
            {action === 'STOP' && experiment.status !== 'STOPPED' && asked.shipVariant !== null ? 'Stop and ship' : words.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
