import { Alert, List, Text } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import { useQuery } from 'urql';
import { Panel } from '../charts/panel.js';
import { count } from '../format/numbers.js';
import { DryRunDocument, type DryRunQuery, type HeaderFragment } from '../generated/graphql.js';

type Validation = NonNullable<NonNullable<DryRunQuery['experiment']>['validation']>;

const askAgainMs = 30_000;

const words: Readonly<Record<Validation['status'], string>> = {
  MISSING: 'None',
  RUNNING: 'Under way',
  PASSED: 'Passed',
  FAILED: 'Failed',
  INCOMPLETE: 'Incomplete',
};

/** Colours say the same as the words. */
const colours: Readonly<Record<Validation['status'], string>> = {
  MISSING: 'var(--waiting)',
  RUNNING: 'var(--waiting)',
  PASSED: 'var(--better)',
  FAILED: 'var(--worse)',
  INCOMPLETE: 'var(--waiting)',
};

/** What the dry run came to, or has shown so far; nothing for an experiment that had none. */
export function DryRun({ experiment: { key, status, revision } }: { readonly experiment: HeaderFragment }) {
  const [{ data }, ask] = useQuery({
    query: DryRunDocument,
    variables: useMemo(() => ({ key }), [key]),
    requestPolicy: 'cache-and-network',
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the experiment may have ended the dry run
  useEffect(() => {
    ask({ requestPolicy: 'network-only' });
    if (status !== 'DRY_RUN') return;
    const timer = setInterval(() => ask({ requestPolicy: 'network-only' }), askAgainMs);
    return () => clearInterval(timer);
  }, [ask, status, revision]);
  const validation = data?.experiment?.validation;
  if (!validation || validation.status === 'MISSING') return null;
  const open = validation.checks.filter((check) => check.status !== 'PASSED');
  return (
    <Panel
      title="Dry run"
      hint="Whether the experiment can be trusted with all its visitors"
      aside={
        <Text size="sm" fw={600} style={{ color: colours[validation.status] }} data-dry-run={validation.status}>
          {words[validation.status]}
        </Text>
      }
    >
      {open.length === 0 && <Text size="sm">{validation.summary}</Text>}
      <List size="sm" spacing={4}>
        {open.map(({ name, status: found, metric, message, advice }) => (
          <List.Item key={`${name} ${metric}`} className="break">
            <Text span size="sm" fw={found === 'FAILED' ? 600 : undefined}>
              {message}
            </Text>{' '}
            <Text span size="sm" c="dimmed">
              {validation.status !== 'INCOMPLETE' && advice}
            </Text>
          </List.Item>
        ))}
      </List>
      {validation.until !== null && validation.units > 0 && (
        <Text size="xs" c="dimmed" mt="xs">
          {count(validation.units)} {validation.units === 1 ? 'unit' : 'units'} met their variant in it: among the counts of the variants,
          not in the results.
        </Text>
      )}
    </Panel>
  );
}

/** What is unwise about letting everybody in now: there was no dry run, or it has not passed. */
export function DryRunWarning({ experimentKey: key }: { readonly experimentKey: string }) {
  const [{ data }] = useQuery({
    query: DryRunDocument,
    variables: useMemo(() => ({ key }), [key]),
    requestPolicy: 'network-only',
  });
  const validation = data?.experiment?.validation;
  if (!validation || validation.status === 'PASSED') return null;
  return (
    <Alert color="yellow" variant="light" p="xs">
      {validation.summary}
    </Alert>
  );
}
