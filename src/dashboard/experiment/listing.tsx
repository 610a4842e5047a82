import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { DataTable } from '../charts/data-table.js';

interface ListingProps {
  readonly label: string;
  readonly listed: { readonly items: readonly unknown[]; readonly total: number; readonly next: string | null } | null;
  readonly fault: string | null;
  readonly onMore: () => void;
  readonly empty: string;
  readonly children: ReactNode;
}

/** A list that is loaded page by page, newest first; see `use-pages.ts`. Its children are head and body of a table. */
export function Listing({ label, listed, fault, onMore, empty, children }: ListingProps) {
  if (fault) {
    return (
      <Text size="sm" c="red" role="alert">
        {fault}
      </Text>
    );
  }
  if (!listed) return <div style={{ minHeight: 160 }} aria-busy="true" />;
  if (listed.items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <>
      <DataTable label={label}>{children}</DataTable>
      <Group justify="space-between" mt="xs">
        <Text size="xs" c="dimmed">
          {listed.items.length} of {listed.total}
        </Text>
        {listed.next && (
          <Button variant="default" size="compact-sm" onClick={onMore}>
            Older
          </Button>
        )}
      </Group>
    </>
  );
}
