import { useEffect, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useRecovery } from '../api/use-recovery.js';
import { useStream } from '../api/use-stream.js';
import {
  AlertChangesDocument,
  CountsChangesDocument,
  type CountsFragment,
  ExperimentPageDocument,
  HeaderChangesDocument,
  type HeaderFragment,
  type JudgedFragment,
  type RaisedFragment,
  ResultsChangesDocument,
  WeightsChangesDocument,
  type WeightsChangesSubscription,
} from '../generated/graphql.js';
import { grown } from './history.js';

export type WeightsMove = WeightsChangesSubscription['weightsUpdated'];

/** An experiment as it is now, and what has come since the page was opened. */
export interface LiveExperiment {
  readonly experiment: HeaderFragment;
  /** The latest; null before the first. */
  readonly evaluation: JudgedFragment | null;
  readonly counts: CountsFragment | null;
  /** Newest first. */
  readonly alerts: readonly RaisedFragment[];
  /** Since the page was opened, oldest first: what charts add to what they asked for. */
  readonly evaluations: readonly JudgedFragment[];
  readonly moves: readonly WeightsMove[];
  readonly countsSince: readonly CountsFragment[];
}

interface Streamed extends Pick<LiveExperiment, 'evaluations' | 'moves' | 'countsSince'> {
  /** Null: the one that was asked for is the latest. */
  readonly experiment: HeaderFragment | null;
  readonly isGone: boolean;
  /** By id; a later message of the same alert replaces it. */
  readonly alerts: ReadonlyMap<string, RaisedFragment>;
}

const nothing: Streamed = { experiment: null, isGone: false, alerts: new Map(), evaluations: [], moves: [], countsSince: [] };

export type LiveState =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly message: string; readonly retry: () => void }
  | { readonly state: 'missing' }
  | { readonly state: 'ready'; readonly live: LiveExperiment };

/** Asks for an experiment once and follows everything that happens to it. */
export function useLiveExperiment(key: string): LiveState {
  const [{ data, error }, ask] = useQuery({
    query: ExperimentPageDocument,
    variables: useMemo(() => ({ key }), [key]),
    requestPolicy: 'cache-and-network',
  });
  useRecovery(error, ask);
  const asked = data?.experiment;
  const [streamed, setStreamed] = useState(nothing);
  const streams = useStreams(key, asked != null, asked?.results?.sequence ?? null);

  // What was asked for last, after an action for example, is newer than what a stream had said before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the arrival that counts
  useEffect(() => setStreamed((known) => ({ ...known, experiment: null })), [asked]);

  useStream({
    query: HeaderChangesDocument,
    variables: streams?.listed ?? null,
    onMessages(messages) {
      const last = messages.at(-1)?.experimentUpdated;
      if (last) setStreamed((known) => ({ ...known, experiment: last.experiment ?? known.experiment, isGone: last.kind === 'DELETED' }));
    },
  });
  useStream({
    query: ResultsChangesDocument,
    variables: streams?.results ?? null,
    onMessages: (messages) =>
      setStreamed((known) => ({
        ...known,
        evaluations: grown(
          known.evaluations,
          messages.map(({ resultsUpdated }) => resultsUpdated),
          { order: ({ sequence }) => sequence },
        ),
      })),
  });
  useStream({
    query: WeightsChangesDocument,
    variables: streams?.history ?? null,
    onMessages: (messages) =>
      setStreamed((known) => ({
        ...known,
        moves: grown(
          known.moves,
          messages.map(({ weightsUpdated }) => weightsUpdated),
          {
            order: ({ version }) => version,
            isKept: ({ cause }) => cause !== 'BANDIT',
          },
        ),
      })),
  });
  useStream({
    query: CountsChangesDocument,
    variables: streams?.listed ?? null,
    onMessages: (messages) =>
      setStreamed((known) => ({
        ...known,
        countsSince: grown(
          known.countsSince,
          messages.map(({ countsUpdated }) => countsUpdated),
          { order: ({ at }) => Date.parse(at) },
        ),
      })),
  });
  useStream({
    query: AlertChangesDocument,
    variables: streams?.history ?? null,
    onMessages: (messages) =>
      setStreamed((known) => ({
        ...known,
        alerts: new Map([...known.alerts, ...messages.map(({ alertRaised }) => [alertRaised.id, alertRaised] as const)]),
      })),
  });

  return useMemo(() => {
    if (asked === null || streamed.isGone) return { state: 'missing' };
    if (asked) {
      const { evaluations, moves, countsSince } = streamed;
      const alerts = new Map([...(asked.alerts?.nodes ?? []).map((alert) => [alert.id, alert] as const), ...streamed.alerts]);
      return {
        state: 'ready',
        live: {
          experiment: streamed.experiment ?? asked,
          evaluation: newer(asked.results, evaluations.at(-1) ?? null),
          counts: countsSince.at(-1) ?? asked.counts,
          alerts: [...alerts.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)),
          evaluations,
          moves,
          countsSince,
        },
      };
    }
    if (error)
      return {
        state: 'failed',
        message: error.graphQLErrors[0]?.message ?? 'The service cannot be reached.',
        retry: () => ask({ requestPolicy: 'network-only' }),
      };
    return { state: 'loading' };
  }, [asked, streamed, error, ask]);
}

/** Variables of the streams, the same objects for as long as the page is open; null before there is anything to follow. */
function useStreams(key: string, isThere: boolean, resultsAfter: number | null) {
  const [streams, setStreams] = useState<ReturnType<typeof streamsOf> | null>(null);
  if (isThere && streams === null) setStreams(streamsOf(key, resultsAfter));
  return streams;
}

function streamsOf(experimentKey: string, after: number | null) {
  return { listed: { experimentKeys: [experimentKey] }, history: { experimentKey }, results: { experimentKey, after } };
}

function newer(a: JudgedFragment | null, b: JudgedFragment | null): JudgedFragment | null {
  return a && b ? (a.sequence > b.sequence ? a : b) : (a ?? b);
}
