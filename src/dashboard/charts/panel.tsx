import { Group, Paper, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface PanelProps {
  readonly title: string;
  /** What it answers, in a sentence. */
  readonly hint?: ReactNode;
  /** Choices at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** One subject of a page, in its frame. */
export function Panel({ title, hint, aside, children }: PanelProps) {
  const id = useId();
  return (
    <Paper component="section" withBorder radius="md" p="md" bg="var(--surface)" aria-labelledby={id} style={{ minWidth: 0 }}>
      <Group justify="space-between" align="flex-start" gap="xs" mb="xs">
        <div style={{ minWidth: 0, flex: '1 1 240px' }}>
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {hint && (
            <Text size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}
