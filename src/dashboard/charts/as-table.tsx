import { Table } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import classes from './as-table.module.css';

interface AsTableProps {
  readonly caption: string;
  readonly heads: readonly string[];
  /** Newest first. Asked for only while the table is open. */
  readonly rows: () => readonly (readonly ReactNode[])[];
}

/** The numbers of a chart for those who cannot see it, or want to read them. */
export function AsTable({ caption, heads, rows }: AsTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={classes.details} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label={caption}>
          <Table fz="xs" verticalSpacing={2}>
            <Table.Caption className="visually-hidden">{caption}</Table.Caption>
            <Table.Thead>
              <Table.Tr>
                {heads.map((head) => (
                  <Table.Th key={head} scope="col">
                    {head}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows().map((row, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
                <Table.Tr key={place}>
                  {row.map((cell, column) => (
                    <Table.Td key={heads[column]}>{cell}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </details>
  );
}
