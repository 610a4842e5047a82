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
          <table className="data-table">
            <caption className="visually-hidden">{caption}</caption>
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows().map((row, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
                <tr key={place}>
                  {row.map((cell, column) => (
                    <td key={heads[column]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
