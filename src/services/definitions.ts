import { createHash } from 'node:crypto';
import { type ClientDefinition, clientDefinitionOf } from '../core/client-definition.js';
import { DomainError } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import { createStream, type Stream } from './live-stream.js';
import type { Registry } from './registry.js';
import { pause } from './stream-pace.js';

/**
 * Compiled definitions for clients that assign in memory, and what changed in them.
 *
 * A version of the set is a digest of its content. So instances that serve the same give it the same version, a client can go on at another
 * one, and what changed nothing that clients see makes no new version. The way from one version to the next is kept for a while; a client
 * that comes from further away, or from a version that this instance was never at, gets the whole set.
 */

/** The definitions of all experiments that are neither drafts nor archived, or what changed in them. */
export interface DefinitionSet {
  /** Of the whole set. */
  readonly version: string;
  /** When the definitions were last known to be current. */
  readonly at: Date;
  readonly complete: boolean;
  /** By key. */
  readonly experiments: readonly ClientDefinition[];
  /** Keys of those that are gone, in order; empty when complete. */
  readonly removed: readonly string[];
}

export interface DefinitionsParts {
  readonly registry: Pick<Registry, 'asOf'>;
  /** Changes that the way back is kept for. */
  readonly keptChanges?: number;
  /** Least time from one message of a stream to the next: changes within it come together. */
  readonly periodMs?: number;
}

interface Held {
  readonly definition: ClientDefinition;
  readonly digest: bigint;
}

export type Definitions = ReturnType<typeof createDefinitions>;

export function createDefinitions({ registry, keptChanges = 10_000, periodMs = 100 }: DefinitionsParts) {
  const held = new Map<string, Held>();
  let digest = 0n;
  /** For each change the key that it was about, and the version before it. */
  const journal: { readonly before: string; readonly key: string }[] = [];
  /** Changes that are no longer in the journal; together with its length the number of all. */
  let forgotten = 0;
  const streams = new Set<Stream<DefinitionSet>>();
  let isStopped = false;

  const version = (): string => digest.toString(36);
  const newest = (): number => forgotten + journal.length;

  function note(key: string, next: ClientDefinition | null): void {
    const before = held.get(key);
    const after = next && { definition: next, digest: digestOf(next) };
    if (before?.digest === after?.digest) return;
    journal.push({ before: version(), key });
    // Each definition counts once, so that the order of changes does not matter: instances hear of them in different ones.
    digest ^= (before?.digest ?? 0n) ^ (after?.digest ?? 0n);
    if (after) held.set(key, after);
    else held.delete(key);
    const tooMany = journal.length - keptChanges;
    if (tooMany > 0) forgotten += journal.splice(0, tooMany).length;
    for (const stream of streams) stream.wake();
  }

  /** Number of changes that led to a version; null when it is not known. */
  function placeOf(wanted: string): number | null {
    if (wanted === version()) return newest();
    const found = journal.findLastIndex(({ before }) => before === wanted);
    return found === -1 ? null : forgotten + found;
  }

  /** What followed a place; the whole set when that is not known. @throws UNAVAILABLE while nothing is known at all */
  function since(place: number | null): DefinitionSet {
    const at = registry.asOf();
    if (at === null) throw unknownYet();
    const complete = place === null || place < forgotten;
    const keys = complete ? [...held.keys()] : [...new Set(journal.slice(place - forgotten).map(({ key }) => key))];
    keys.sort();
    const experiments = keys.flatMap((key) => held.get(key)?.definition ?? []);
    return { version: version(), at, complete, experiments, removed: keys.filter((key) => !held.has(key)) };
  }

  return {
    /** An experiment is served in another state; before null: it is new, after null: it is gone. */
    changed(before: Experiment | null, after: Experiment | null): void {
      if (after) note(after.definition.key, clientDefinitionOf(after));
      // A draft that is gone was no member, and another experiment may be under its key by now.
      else if (before && clientDefinitionOf(before)) note(before.definition.key, null);
    },

    /** @param after version that the client holds; null: none. @throws UNAVAILABLE while nothing is known at all */
    read: (after: string | null): DefinitionSet => since(after === null ? null : placeOf(after)),

    /**
     * What {@link read} gives, then each change. Changes that a reader is too slow for come together, so it costs nothing but its place.
     *
     * @throws UNAVAILABLE while nothing is known at all
     */
    follow(after: string | null): AsyncIterableIterator<DefinitionSet> {
      const first = since(after === null ? null : placeOf(after));
      let place = newest();
      const stream = createStream<DefinitionSet>(
        async function* (wait) {
          yield first;
          for (;;) {
            if (!(await pause(wait, periodMs))) return;
            while (place === newest()) if (!(await wait(null))) return;
            const message = since(place);
            place = newest();
            yield message;
          }
        },
        () => streams.delete(stream),
      );
      streams.add(stream);
      if (isStopped) void stream.return();
      return stream;
    },

    /** Completes all streams; those opened later complete at once. */
    stop(): void {
      isStopped = true;
      for (const stream of [...streams]) void stream.return();
    },
  };
}

/** 128 bits: that two sets of definitions share a version by chance is out of the question. */
function digestOf(definition: ClientDefinition): bigint {
  return BigInt(`0x${createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 32)}`);
}

function unknownYet(): DomainError {
  const message = 'The stores were not reached since the start, so no definitions are known yet. Try again.';
  return new DomainError([{ code: 'UNAVAILABLE', message, path: [] }], { retryAfterSeconds: 1 });
}
