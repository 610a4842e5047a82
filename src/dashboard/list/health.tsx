import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { severityColour } from '../format/badges.js';
import { alertWords, wordOf } from '../format/words.js';
import type { ListItem } from './use-list.js';

/** What is wrong with an experiment, as badges; each says it whole on hover. */
export function Health({ item }: { readonly item: ListItem }) {
  const alerts = item.openAlerts?.nodes ?? [];
  const kinds = [...new Map(alerts.map((alert) => [alert.kind, alert])).values()];
  if (kinds.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {item.startedAt ? 'Fine' : ''}
      </Text>
    );
  }
  return (
    <Group gap={4}>
      {kinds.map(({ kind, severity, message }) => (
        <Tooltip key={kind} label={message} multiline maw={360} events={{ hover: true, focus: true, touch: true }}>
          <Badge variant="light" color={severityColour(severity)} tt="none" fw={550} tabIndex={0}>
            {wordOf(alertWords, kind)}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}
