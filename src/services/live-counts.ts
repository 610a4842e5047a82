import type { Experiment } from '../core/experiment.js';
import type { ExperimentsInMemory } from './live.js';
import { isOver } from './live-experiments.js';
import { createLatest } from './live-latest.js';
import type { Log } from './log.js';
import type { Reads } from './reads.js';
import type { CountsRecord } from './records.js';

interface Parts {
  readonly reads: Pick<Reads, 'counts'>;
  readonly registry: ExperimentsInMemory;
  readonly log: Log;
  readonly periodMs: number;
}

/** Streams of counts: while anybody watches, one query a period over all experiments that are watched. */
export function createLiveCounts({ reads, registry, log, periodMs }: Parts) {
  /** What was read last of those that are watched. */
  const known = new Map<string, { readonly counts: CountsRecord; readonly text: string }>();
  let timer: NodeJS.Timeout | null = null;
  let reading = false;
  let lastReadAt = Number.NEGATIVE_INFINITY;
  let isAway = false;
  const latest = createLatest<CountsRecord>({ periodMs, onSubscribers: () => arrange() });

  function arrange(): void {
    const wanted = latest.wanted();
    for (const id of [...known.keys()]) if (!wanted.has(id)) known.delete(id);
    if (wanted.size === 0 && timer) {
      clearTimeout(timer);
      timer = null;
    }
    if (wanted.size > 0) timer ??= reading ? null : setTimeout(readAll, Math.max(0, lastReadAt + periodMs - performance.now()));
  }

  async function readAll(): Promise<void> {
    timer = null;
    reading = true;
    lastReadAt = performance.now();
    const ids = [...latest.wanted()];
    const experiments = ids.flatMap((id) => registry.byId(id) ?? []);
    try {
      const read = experiments.length === 0 ? [] : await reads.counts(experiments);
      for (const counts of read) publish(counts);
      const there = new Map(experiments.map((experiment) => [experiment.id, experiment]));
      for (const id of ids) if (isOver(there.get(id))) latest.finish(id);
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'Live counts wait: they cannot be read.');
      isAway = true;
    }
    reading = false;
    arrange();
  }

  function publish(counts: CountsRecord): void {
    const { at, ...content } = counts;
    const text = JSON.stringify(content);
    if (known.get(counts.experimentId)?.text === text) return;
    known.set(counts.experimentId, { counts, text });
    latest.put(counts.experimentId, counts);
  }

  return {
    open(experiments: readonly Experiment[]): AsyncIterableIterator<CountsRecord> {
      const stream = latest.open(experiments.map(({ id }) => id));
      for (const { id } of experiments) {
        const last = known.get(id);
        if (last) stream.put(id, last.counts);
      }
      return stream;
    },
    stop: latest.stop,
  };
}
