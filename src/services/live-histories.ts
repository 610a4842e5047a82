import type { Experiment } from '../core/experiment.js';
import type { LiveParts } from './live.js';
import { isOver } from './live-experiments.js';
import { createFeed, type Feed, type FeedSource } from './live-feed.js';
import type { Announcement } from './ports.js';
import type { AlertRecord, AllocationRecord, EvaluationRecord } from './records.js';

type Parts = Pick<LiveParts, 'reads' | 'registry' | 'log'> & {
  readonly lookAgainMs: number;
  /** Told of each new alert while alerts are followed. */
  readonly onAlert: (alert: AlertRecord) => void;
};

/** Key of the one feed of all alerts, in the place of an experiment's id. */
const all = '';

/**
 * Histories of allocations, evaluations and alerts: first the present state, or with `after` all that followed it, then each message
 * once in order of sequence. Streams about one experiment complete when it is archived or gone.
 */
export function createHistories({ reads, registry, log, lookAgainMs, onAlert }: Parts) {
  const weights = new Map<string, Feed<AllocationRecord>>();
  const results = new Map<string, Feed<EvaluationRecord>>();
  const alerts = new Map<string, Feed<AlertRecord>>();
  let timer: NodeJS.Timeout | null = null;
  let isLooking = false;
  let isAway = false;
  let stopped = false;

  /** Reads, and logs the first failure of a row; streams ask again by themselves. */
  async function reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      const answer = await read();
      isAway = false;
      return answer;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'Live streams wait: the store cannot be read.');
      isAway = true;
      throw error;
    }
  }

  /** The feed of this id, made when there is none; dropped when nobody follows it any more. */
  function feedOf<T>(feeds: Map<string, Feed<T>>, id: string, source: () => FeedSource<T>, onMessage?: (message: T) => void): Feed<T> {
    const there = feeds.get(id);
    if (there) return there;
    const onIdle = () => {
      feeds.delete(id);
      if (timer && weights.size + results.size + alerts.size === 0) {
        clearInterval(timer);
        timer = null;
      }
    };
    const feed = createFeed({ source: source(), retryMs: lookAgainMs, onIdle, ...(onMessage ? { onMessage } : {}) });
    feeds.set(id, feed);
    timer ??= setInterval(() => void lookAgain(), lookAgainMs);
    return feed;
  }

  function opened<T>(feed: Feed<T>, after: number | null, isDone: () => boolean, wants: (message: T) => boolean = () => true) {
    const stream = feed.open({ after, isOver: isDone, wants });
    if (stopped) void stream.return();
    return stream;
  }

  const hasEnded = (id: string) => () => isOver(registry.byId(id));

  const allocationsOf = ({ id }: Experiment): FeedSource<AllocationRecord> => ({
    sequenceOf: ({ version }) => version,
    begin: async () => (registry.byId(id)?.allocation?.version ?? 1) - 1,
    readAfter: (version, limit) => reading(() => reads.allocationsAfter(id, version, limit)),
    present: async (newest) => ({ messages: [], position: Math.max(newest - 1, 0) }),
    isLast: () => false,
  });

  const evaluationsOf = (experiment: Experiment): FeedSource<EvaluationRecord> => ({
    sequenceOf: ({ sequence }) => sequence,
    begin: async () => ((await reading(() => reads.latestEvaluation(experiment)))?.sequence ?? 1) - 1,
    readAfter: (sequence, limit) => reading(() => reads.evaluationsAfter(experiment, sequence, limit)),
    present: async (newest) => ({ messages: [], position: Math.max(newest - 1, 0) }),
    isLast: ({ result }) => result.final,
  });

  const allAlerts = (): FeedSource<AlertRecord> => ({
    sequenceOf: ({ sequence }) => sequence,
    begin: () => reading(() => reads.alertSequence()),
    readAfter: (sequence, limit) => reading(() => reads.alertsAfter(sequence, limit)),
    async present(newest) {
      const open = [...(await reading(() => reads.openAlerts()))].sort((one, other) => one.sequence - other.sequence);
      // Whatever was committed up to the last of them was there to be seen.
      return { messages: open, position: Math.max(newest, open.at(-1)?.sequence ?? 0) };
    },
    isLast: () => false,
  });

  const alertFeed = () => feedOf(alerts, all, allAlerts, onAlert);

  /** Whether memory knows of an allocation that the feed has not got. */
  function isBehind(id: string, feed: Feed<AllocationRecord>): boolean {
    return (registry.byId(id)?.allocation?.version ?? 0) > feed.newest();
  }

  /** Looks for what announcements missed. One after the other, for there may be many; versions of allocations are in memory anyway. */
  async function lookAgain(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    for (const [id, feed] of [...weights]) {
      if (isBehind(id, feed)) await feed.look();
      if (isOver(registry.byId(id))) feed.wake();
    }
    for (const feed of [...results.values(), ...alerts.values()]) {
      await feed.look();
      feed.wake();
    }
    isLooking = false;
  }

  return {
    weights: (experiment: Experiment, after: number | null) =>
      opened(
        feedOf(weights, experiment.id, () => allocationsOf(experiment)),
        after,
        hasEnded(experiment.id),
      ),
    results: (experiment: Experiment, after: number | null) =>
      opened(
        feedOf(results, experiment.id, () => evaluationsOf(experiment)),
        after,
        hasEnded(experiment.id),
      ),
    alerts: (experiment: Experiment | null, after: number | null) =>
      experiment === null
        ? opened(alertFeed(), after, () => false)
        : opened(alertFeed(), after, hasEnded(experiment.id), ({ experimentId }) => experimentId === experiment.id),

    /** Follows alerts though no stream of them is open, until the function it returns is called. */
    followAlerts: (): (() => void) => alertFeed().hold(),

    allocated: (allocation: AllocationRecord): void => weights.get(allocation.experimentId)?.append(allocation),
    evaluated: (evaluation: EvaluationRecord): void => results.get(evaluation.experimentId)?.append(evaluation),
    alerted: (alert: AlertRecord): void => alerts.get(all)?.append(alert),

    experimentChanged(id: string): void {
      const feed = weights.get(id);
      if (feed && isBehind(id, feed)) void feed.look();
      if (!isOver(registry.byId(id))) return;
      feed?.wake();
      results.get(id)?.wake();
      alerts.get(all)?.wake();
    },

    hint(announcement: Announcement): void {
      if (announcement.kind === 'experiment') void weights.get(announcement.id)?.look();
      if (announcement.kind === 'evaluation') void results.get(announcement.id)?.look();
      if (announcement.kind === 'alert') void alerts.get(all)?.look();
    },

    lookAgain: () => void lookAgain(),

    stop(): void {
      stopped = true;
      for (const feed of [...weights.values(), ...results.values(), ...alerts.values()]) feed.stop();
    },
  };
}
