import { Alert, Button, Group, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { type AnyVariables, type Client, type TypedDocumentNode, useClient } from 'urql';
import type { HeaderFragment } from '../generated/graphql.js';
import { actionWords, documents, type PageAction } from './actions.js';
import { WeightsFields } from './weights-fields.js';

/** What an action needs to know beyond the experiment. */
interface Asked {
  readonly reason: string;
  readonly shipVariant: string | null;
  readonly weights: readonly { readonly variant: string; readonly weight: number }[];
  readonly trafficAllocation: number;
}

interface ActionDialogProps {
  readonly action: PageAction;
  readonly experiment: HeaderFragment;
  /** TOGGLE_VARIANT: what is switched, and to what. */
  readonly toggled?: { readonly variant: string; readonly enabled: boolean };
  readonly suggestion?: string | null;
  readonly onDone?: () => void;
}

const withReason: ReadonlySet<PageAction> = new Set(['PAUSE', 'STOP', 'ROLLBACK']);

/** Opens the dialog that names the consequence and asks for what the action needs. */
export function askFor(props: ActionDialogProps): void {
  const id = `action-${props.action}`;
  modals.open({
    modalId: id,
    title: actionWords[props.action].title,
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
  const words = actionWords[action];
  // One key for all tries: a repetition after a lost answer has no second effect.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [isRunning, setRunning] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked>(() => ({
    reason: '',
    shipVariant: suggestion,
    weights: experiment.variants
      .filter(({ enabled }) => enabled)
      .map(({ key, weight, currentWeight }) => ({ variant: key, weight: currentWeight ?? weight })),
    trafficAllocation: experiment.allocation?.trafficAllocation ?? experiment.trafficAllocation,
  }));
  const change = (part: Partial<Asked>) => setAsked((known) => ({ ...known, ...part }));

  async function run() {
    setRunning(true);
    setFault(null);
    const variables = {
      key: experiment.key,
      expectedRevision: experiment.revision,
      idempotencyKey,
      ...variablesOf(action, asked, toggled),
    };
    const refused = await perform(client, action, variables);
    setRunning(false);
    setFault(refused);
    if (refused === null) {
      notifications.show({ message: `${words.label}: done`, color: 'teal', autoClose: 3_000 });
      onDone?.();
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{words.consequence(experiment)}</Text>
        {toggled && <Switch readOnly checked={toggled.enabled} label={`${toggled.variant} is served`} />}
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
            {words.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ShipChoiceProps {
  readonly experiment: HeaderFragment;
  readonly value: string | null;
  readonly onChange: (variant: string | null) => void;
}

function ShipChoice({ experiment: { variants }, value, onChange }: ShipChoiceProps) {
  const control = variants.find(({ isControl }) => isControl);
  return (
    <Select
      label="Ship"
      description={
        value === null
          ? `Everybody gets the control “${control?.name ?? control?.key}”`
          : 'Everybody gets this variant, also those who did not take part'
      }
      data={[{ value: '', label: 'Nothing' }, ...variants.map(({ key, name }) => ({ value: key, label: name ?? key }))]}
      allowDeselect={false}
      value={value ?? ''}
      onChange={(variant) => onChange(variant || null)}
    />
  );
}

function variablesOf(
  action: PageAction,
  { reason, shipVariant, weights, trafficAllocation }: Asked,
  toggled: ActionDialogProps['toggled'],
): object {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  switch (action) {
    case 'DRY_RUN':
      return { dryRun: true };
    case 'PAUSE':
    case 'ROLLBACK':
      return why;
    case 'STOP':
      return { ...why, ...(shipVariant !== null && { shipVariant }) };
    case 'SET_WEIGHTS':
      return { weights };
    case 'SET_TRAFFIC_ALLOCATION':
      return { trafficAllocation };
    case 'TOGGLE_VARIANT':
      return { ...toggled };
    case 'EVALUATE':
      // A look is made of what is there, whatever the revision.
      return { expectedRevision: undefined };
    default:
      return {};
  }
}

/** @returns null when it was done, else why not */
async function perform(client: Client, action: PageAction, variables: object): Promise<string | null> {
  const document = documents[action] as TypedDocumentNode<unknown, AnyVariables>;
  const { error } = await client.mutation(document, variables as Record<string, unknown>).toPromise();
  if (!error) return null;
  if (error.networkError) return 'The service cannot be reached. Nothing may have been done; trying again does it once at most.';
  return error.graphQLErrors.map(({ message }) => message).join(' ');
}
