import { Button, Code, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { routes } from '../routes.js';
import { useMayAct } from '../session/viewer.js';

/** The list before the first experiment: two ways to begin. */
export function EmptyList() {
  const mayAct = useMayAct();
  return (
    <Paper withBorder p="xl" radius="md" bg="var(--surface)">
      <Stack align="center" gap="md" py="lg">
        <Title order={2} size="h3">
          No experiments yet
        </Title>
        <Text ta="center" maw={560}>
          An experiment shows people different variants of something and finds out, honestly, which works best. Begin from a template: a
          form leads through it, and nobody is assigned before you start it.
        </Text>
        {mayAct ? (
          <Button component={Link} href={routes.create}>
            Create the first experiment
          </Button>
        ) : (
          <Text c="dimmed">Your key may only look. Creating needs one of scope ADMIN.</Text>
        )}
        <Text ta="center" c="dimmed" maw={560}>
          Or see it at work first: <Code>npm run demo</Code> beside the running service makes an A/B test and a bandit, and sends visitors
          whose true rates are known. They appear here by themselves.
        </Text>
      </Stack>
    </Paper>
  );
}
