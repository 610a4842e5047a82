import { List, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { Panel } from '../charts/panel.js';
import { CheckExperimentDocument, type CreateExperimentInput, DefinitionDocument } from '../generated/graphql.js';

/** What the service thinks of a draft before it is started. */
export function Readiness({ experimentKey }: { readonly experimentKey: string }) {
  const [{ data: defined }] = useQuery({
    query: DefinitionDocument,
    variables: useMemo(() => ({ key: experimentKey }), [experimentKey]),
    requestPolicy: 'network-only',
  });
  const input = defined?.experiment?.definition as CreateExperimentInput | undefined;
  const [{ data }] = useQuery({ query: CheckExperimentDocument, variables: { input: input as CreateExperimentInput }, pause: !input });
  const check = data?.checkExperiment;
  const findings = [...(check?.problems ?? []), ...(check?.warnings ?? [])];
  return (
    <Panel title="Before you start" hint="What the service finds when it checks the draft">
      <div style={{ minHeight: 64 }} aria-live="polite">
        {check && findings.length === 0 && (
          <Text size="sm">Nothing stands in the way. A dry run with 1% of the traffic shows whether exposures and events arrive.</Text>
        )}
        {findings.length > 0 && (
          <List size="sm" spacing={4}>
            {findings.map(({ code, message }) => (
              <List.Item key={`${code} ${message}`}>{message}</List.Item>
            ))}
          </List>
        )}
      </div>
    </Panel>
  );
}
