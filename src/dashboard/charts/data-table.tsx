import type { ReactNode } from 'react';

interface DataTableProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** A table of numbers that scrolls by itself where it is too wide; see `theme/tables.css`. */
export function DataTable({ label, children }: DataTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={label}>
      <table className="data-table">{children}</table>
    </section>
  );
}
