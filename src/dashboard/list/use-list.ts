import { useEffect, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useRecovery } from '../api/use-recovery.js';
import { useReconnected, useStream } from '../api/use-stream.js';
import {
  ExperimentListDocument,
  ListChangesDocument,
  ListCountsDocument,
  type ListCountsSubscription,
  type ListItemFragment,
} from '../generated/graphql.js';
import { type ListView, variablesOf } from './list-query.js';

type Counts = ListCountsSubscription['countsUpdated']['variants'];

const noVariables = {};
/** Of many that come and go at once, one question. */
const askAfterMs = 300;

/** A page of experiments, kept up to date: what changes on it is put in place, what comes or goes asks for the page anew. */
export function useList(view: ListView) {
  const variables = useMemo(() => variablesOf(view), [view]);
  const [{ data, error, fetching, stale }, ask] = useQuery({
    query: ExperimentListDocument,
    variables,
    requestPolicy: 'cache-and-network',
  });
  useRecovery(error, ask);
  const [changes, setChanges] = useState<ReadonlyMap<string, ListItemFragment>>(new Map());
  const [counts, setCounts] = useState<ReadonlyMap<string, Counts>>(new Map());
  const [isOutdated, setOutdated] = useState(false);

  useStream({
    query: ListChangesDocument,
    variables: noVariables,
    onMessages(messages) {
      const updates = messages.map(({ experimentUpdated }) => experimentUpdated);
      const changed = updates.flatMap(({ experimentKey, experiment }) => (experiment ? [[experimentKey, experiment] as const] : []));
      if (changed.length > 0) setChanges((known) => new Map([...known, ...changed]));
      if (updates.some(({ kind }) => kind === 'CREATED' || kind === 'DELETED')) setOutdated(true);
    },
  });
  useReconnected(() => setOutdated(true));
  // A page that was asked for anew is newer than what had come before it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the arrival that counts
  useEffect(() => {
    setChanges(new Map());
    setCounts(new Map());
  }, [data]);
  useEffect(() => {
    if (!isOutdated) return;
    const timer = setTimeout(() => {
      setOutdated(false);
      ask({ requestPolicy: 'network-only' });
    }, askAfterMs);
    return () => clearTimeout(timer);
  }, [isOutdated, ask]);

  const page = data?.experiments;
  const keys = page?.nodes.map(({ key }) => key).join(' ') ?? '';
  useStream({
    query: ListCountsDocument,
    // Keys hold no blanks, and the same page is the same stream.
    variables: useMemo(() => (keys === '' ? null : { experimentKeys: keys.split(' ') }), [keys]),
    onMessages: (messages) =>
      setCounts(
        (known) =>
          new Map([...known, ...messages.map(({ countsUpdated: { experimentKey, variants } }) => [experimentKey, variants] as const)]),
      ),
  });

  return {
    items: page?.nodes.map((item) => {
      const latest = changes.get(item.key) ?? item;
      const variants = counts.get(item.key) ?? latest.counts?.variants;
      return { ...latest, units: variants ? variants.reduce((sum, { exposures }) => sum + exposures, 0) : null };
    }),
    pageInfo: page?.pageInfo,
    totalCount: page?.totalCount ?? null,
    error,
    isLoading: fetching || stale,
    retry: () => ask({ requestPolicy: 'network-only' }),
  };
}

export type ListItem = NonNullable<ReturnType<typeof useList>['items']>[number];
