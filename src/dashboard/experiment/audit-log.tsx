import { Text } from '@mantine/core';
import { Ago } from '../format/time.js';
import { AuditDocument, type AuditQuery, type HeaderFragment } from '../generated/graphql.js';
import { AuditChange } from './audit-change.js';
import { Listing } from './listing.js';
import { usePages } from './use-pages.js';

const auditOf = (data: AuditQuery) => data.auditLog;

/** Who changed what, and why. */
export function AuditLog({ experiment }: { readonly experiment: HeaderFragment }) {
  const { listed, fault, more } = usePages({
    query: AuditDocument,
    experimentKey: experiment.key,
    read: auditOf,
    changedWith: `${experiment.revision} ${experiment.allocation?.version}`,
  });
  return (
    <Listing label="Audit log" listed={listed} fault={fault} onMore={more} empty="Nothing has been changed.">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {listed?.items.map(({ id, at, actor, action, reason, before, after }) => (
          <tr key={id}>
            <td style={{ whiteSpace: 'nowrap' }}>
              <Ago at={at} />
            </td>
            <td className="break">{actor}</td>
            <td>
              {action}
              {reason && (
                <Text size="xs" c="dimmed" className="break">
                  “{reason}”
                </Text>
              )}
            </td>
            <td>
              <AuditChange before={before} after={after} />
            </td>
          </tr>
        ))}
      </tbody>
    </Listing>
  );
}
