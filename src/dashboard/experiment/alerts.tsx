import { Alert, Badge, Group, Stack, Text } from '@mantine/core';
import { severityColour } from '../format/badges.js';
import { Ago, Time } from '../format/time.js';
import { alertWords, wordOf } from '../format/words.js';
import type { RaisedFragment } from '../generated/graphql.js';

/** What is wrong now, before everything else. */
export function OpenAlerts({ alerts }: { readonly alerts: readonly RaisedFragment[] }) {
  const open = alerts.filter(({ resolvedAt }) => resolvedAt === null);
  return open.map(({ id, kind, severity, message, at }) => (
    <Alert
      key={id}
      color={severityColour(severity)}
      variant="light"
      title={wordOf(alertWords, kind)}
      role={severity === 'CRITICAL' ? 'alert' : 'status'}
      p="sm"
      styles={{ title: { color: 'inherit' } }}
      data-alert={kind}
    >
      <Text size="sm">{message}</Text>
      <Text size="xs">
        <Ago at={at} />
      </Text>
    </Alert>
  ));
}

/** All alerts, open and resolved, newest first. */
export function Alerts({ alerts }: { readonly alerts: readonly RaisedFragment[] }) {
  if (alerts.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        None so far.
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {alerts.map(({ id, kind, severity, message, at, resolvedAt }) => (
        <div key={id}>
          <Group gap="xs">
            <Badge size="sm" variant={resolvedAt ? 'default' : 'light'} color={severityColour(severity)} tt="none">
              {wordOf(alertWords, kind)}
            </Badge>
            <Text size="xs" c="dimmed">
              raised <Time at={at} />
              {resolvedAt ? (
                <>
                  , resolved <Time at={resolvedAt} />
                </>
              ) : (
                ', open'
              )}
            </Text>
          </Group>
          <Text size="sm">{message}</Text>
        </div>
      ))}
    </Stack>
  );
}
