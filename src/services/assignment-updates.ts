import { isDeepStrictEqual } from 'node:util';
import type { Assignment } from '../core/assignment.js';
import type { Experiment } from '../core/experiment.js';
import type { Unit } from '../core/unit.js';
import { type Assignments, isServed, maxKeysPerQuestion } from './assignments.js';
import { createStream, type Stream } from './live-stream.js';
import { pause } from './stream-pace.js';

/** What units get, as it changes: first everything, then what is different, so that a rollback reaches open pages. */

export interface AssignmentUpdatesParts {
  readonly assignments: Pick<Assignments, 'assignments'>;
  /** Least time from one message of a stream to the next; default 1,000. */
  readonly periodMs?: number;
}

interface Follower {
  readonly stream: Stream<readonly Assignment[]>;
  /** Notes that an experiment is to be asked anew. */
  touch(key: string, wasOrIsServed: boolean): void;
}

export type AssignmentUpdates = ReturnType<typeof createAssignmentUpdates>;

export function createAssignmentUpdates({ assignments, periodMs = 1_000 }: AssignmentUpdatesParts) {
  const followers = new Set<Follower>();
  let isStopped = false;

  /** @param experimentKeys null: all that are served. @throws the faults of the unit; INVALID_RANGE */
  async function follow(experimentKeys: readonly string[] | null, unit: Unit): Promise<AsyncIterableIterator<readonly Assignment[]>> {
    const wanted = experimentKeys === null ? null : new Set(experimentKeys);
    const sent = new Map<string, Assignment>();
    const touched = new Set<string>();

    /** Keeps what is news, and asks again later where the stores could not be asked. */
    function news(answers: readonly Assignment[]): Assignment[] {
      return answers.filter((answer) => {
        const before = sent.get(answer.experimentKey);
        if (answer.reason === 'FALLBACK') {
          touched.add(answer.experimentKey);
          // What was known before is better than a guess.
          if (before) return false;
        }
        sent.set(answer.experimentKey, answer);
        return !before || !isSame(before, answer);
      });
    }

    async function askTouched(): Promise<Assignment[]> {
      const keys = [...touched].sort();
      touched.clear();
      const answers: Assignment[] = [];
      for (let i = 0; i < keys.length; i += maxKeysPerQuestion) {
        answers.push(...(await assignments.assignments(keys.slice(i, i + maxKeysPerQuestion), unit)));
      }
      return news(answers);
    }

    let first: readonly Assignment[] = [];
    const stream = createStream<readonly Assignment[]>(
      async function* (wait) {
        yield first;
        for (;;) {
          if (!(await pause(wait, periodMs))) return;
          while (touched.size === 0) if (!(await wait(null))) return;
          const changed = await askTouched();
          if (changed.length > 0) yield changed;
        }
      },
      () => followers.delete(follower),
    );
    const follower: Follower = {
      stream,
      touch(key, wasOrIsServed) {
        if (!(wanted?.has(key) ?? wasOrIsServed)) return;
        touched.add(key);
        stream.wake();
      },
    };
    // Before the first question, so that no change falls between it and the stream.
    followers.add(follower);
    try {
      first = news(await assignments.assignments(experimentKeys, unit));
    } catch (error) {
      followers.delete(follower);
      throw error;
    }
    if (isStopped) void stream.return();
    return stream;
  }

  return {
    follow,

    /** An experiment is served in another state; before null: it is new, after null: it is gone. */
    changed(before: Experiment | null, after: Experiment | null): void {
      const key = (after ?? before)?.definition.key;
      if (key === undefined) return;
      const wasOrIsServed = [before, after].some((experiment) => experiment !== null && isServed(experiment));
      for (const follower of followers) follower.touch(key, wasOrIsServed);
    },

    /** Completes all streams; those opened later complete at once. */
    stop(): void {
      isStopped = true;
      for (const { stream } of [...followers]) void stream.return();
    },
  };
}

/** Whether nothing but the time of the answer differs. */
function isSame({ asOf: _, ...before }: Assignment, { asOf: __, ...after }: Assignment): boolean {
  return isDeepStrictEqual(before, after);
}
