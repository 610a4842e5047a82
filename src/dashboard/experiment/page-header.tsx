import { Anchor, Badge, Box, Button, Group, Menu, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useClient } from 'urql';
import { Link, useLocation } from 'wouter';
import { StatusBadge } from '../format/badges.js';
import { Ago } from '../format/time.js';
import { designWords, wordOf } from '../format/words.js';
import type { HeaderFragment } from '../generated/graphql.js';
import { editPath, routes } from '../routes.js';
import { useMayAct } from '../session/viewer.js';
import { askFor } from './action-dialog.js';
import { mainActions, menuActions, type PageAction, wordsOf } from './actions.js';
import { exportDefinition } from './export-definition.js';

interface PageHeaderProps {
  readonly experiment: HeaderFragment;
  /** The variant that the decision names. */
  readonly winner: string | null;
}

/** What it is, where it is in its life, and what can be done to it now. */
export function PageHeader({ experiment, winner }: PageHeaderProps) {
  const { key, name, status, design, owner, tags, hypothesis, startedAt, endedAt, createdAt } = experiment;
  return (
    <Stack gap="xs" component="header">
      <Anchor component={Link} href={routes.list} size="xs" c="dimmed">
        ← Experiments
      </Anchor>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box style={{ flex: '1 1 320px', minWidth: 0 }}>
          <Group gap="xs">
            <Title order={1} size="h3" className="break">
              {name}
            </Title>
            <StatusBadge status={status} />
          </Group>
          <Text size="sm" c="dimmed" className="break">
            {key} · {wordOf(designWords, design)}
            {owner && ` · ${owner}`} ·{' '}
            {endedAt ? (
              <>
                ended <Ago at={endedAt} />, {shippedOf(experiment)}
              </>
            ) : startedAt ? (
              <>
                started <Ago at={startedAt} />
              </>
            ) : (
              <>
                created <Ago at={createdAt} />
              </>
            )}
          </Text>
          {hypothesis && (
            <Text size="sm" mt={4} maw="90ch" lineClamp={3}>
              {hypothesis}
            </Text>
          )}
          {tags.length > 0 && (
            <Group gap={4} mt={4}>
              {tags.map((tag) => (
                <Badge key={tag} size="sm" variant="default" tt="none">
                  {tag}
                </Badge>
              ))}
            </Group>
          )}
        </Box>
        <Actions experiment={experiment} winner={winner} />
      </Group>
    </Stack>
  );
}

/** What everybody gets since the end: the decision alone does not say whether it was followed. */
function shippedOf({ shippedVariant, variants }: HeaderFragment): string {
  if (shippedVariant === null) return 'nothing shipped';
  return `${variants.find(({ key }) => key === shippedVariant)?.name ?? shippedVariant} shipped`;
}

function Actions({ experiment, winner }: PageHeaderProps) {
  const [, navigate] = useLocation();
  const client = useClient();
  const mayAct = useMayAct();
  const allowed = new Set<string>(mayAct ? experiment.actions : []);
  const ask = (action: PageAction) =>
    askFor({
      action,
      experiment,
      suggestion: action === 'STOP' ? (experiment.shippedVariant ?? winner) : null,
      onDone: () => action === 'DELETE' && navigate(routes.list),
    });
  const save = () =>
    exportDefinition(client, experiment.key).catch(() => notifications.show({ message: 'The definition could not be read', color: 'red' }));
  return (
    <Group gap="xs" data-actions>
      {!mayAct && (
        <Text size="xs" c="dimmed">
          Your key may look, not act
        </Text>
      )}
      {mainActions
        .filter((action) => allowed.has(action))
        .map((action) => (
          <Button
            key={action}
            size="xs"
            variant={action === 'ROLLBACK' ? 'outline' : isFirstChoice(action, experiment, winner) ? 'filled' : 'default'}
            color={action === 'ROLLBACK' ? 'red' : undefined}
            onClick={() => ask(action)}
          >
            {labelOf(action, experiment, winner)}
          </Button>
        ))}
      {allowed.has('UPDATE') && (
        <Button component={Link} href={editPath(experiment.key)} size="xs" variant="default">
          Edit
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" aria-label="More actions">
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {menuActions
            .filter((action) => allowed.has(action))
            .map((action) => (
              <Menu.Item key={action} color={wordsOf(action, experiment).isGrave ? 'red' : undefined} onClick={() => ask(action)}>
                {wordsOf(action, experiment).label}
              </Menu.Item>
            ))}
          <Menu.Item onClick={save}>Export as JSON</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** What is most likely wanted now. What a halted bandit found is in doubt. */
function isFirstChoice(action: PageAction, { status, actions }: HeaderFragment, winner: string | null): boolean {
  const isShipping = action === 'STOP' && status !== 'STOPPED' && winner !== null && !actions.includes('RESUME_BANDIT');
  return action === 'START' || action === 'RESUME' || action === 'RESUME_BANDIT' || isShipping;
}

/** With a winner, stopping means shipping. */
function labelOf(action: PageAction, experiment: HeaderFragment, winner: string | null): string {
  return action === 'STOP' && experiment.status !== 'STOPPED' && winner !== null ? 'Stop and ship' : wordsOf(action, experiment).label;
}
