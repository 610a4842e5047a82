import { Anchor, Center, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.js';

export function NotFound({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Center mih={320} p="md">
      <Stack align="center" gap="xs">
        <Title order={1} size="h3">
          {title}
        </Title>
        <Text c="dimmed" className="break">
          {children}
        </Text>
        <Anchor component={Link} href={routes.list}>
          All experiments
        </Anchor>
      </Stack>
    </Center>
  );
}
