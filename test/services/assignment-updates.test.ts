import { expect, test } from 'vitest';
import type { Assignment, AssignmentReason } from '../../src/core/assignment.js';
import { createAssignmentUpdates } from '../../src/services/assignment-updates.js';
import { sampleExperiment, user } from '../core/samples.js';

const experiment = (key: string) => sampleExperiment({}, { key });

/** Answers as the test sets them, by key. */
function createAnswers(initial: Record<string, AssignmentReason>) {
  const reasons = new Map(Object.entries(initial));
  const asked: (readonly string[] | null)[] = [];
  /** Told of each question, and may hold it up. */
  let onAsk: () => Promise<void> | void = () => {};
  const answer = (experimentKey: string): Assignment => ({
    experimentKey,
    variant: 'green',
    payload: { colour: 'green' },
    inExperiment: true,
    reason: reasons.get(experimentKey) ?? 'NOT_FOUND',
    hashKey: 'userId',
    unitId: 'u',
    allocationVersion: 1,
    exposureRecorded: null,
    asOf: new Date(asked.length),
  });
  return {
    asked,
    set: (key: string, reason: AssignmentReason) => reasons.set(key, reason),
    onAsk(listener: () => Promise<void> | void) {
      onAsk = listener;
    },
    async assignments(keys: readonly string[] | null): Promise<Assignment[]> {
      asked.push(keys);
      const answers = (keys ?? [...reasons.keys()]).map(answer);
      await onAsk();
      return answers;
    },
  };
}

async function next(stream: AsyncIterableIterator<readonly Assignment[]>): Promise<string[] | undefined> {
  const { value, done } = await stream.next();
  return done ? undefined : value.map(({ experimentKey, reason }: Assignment) => `${experimentKey} ${reason}`);
}

test('a change that comes while the first answer is being looked up is not lost', async () => {
  const answers = createAnswers({ a: 'SPLIT' });
  const updates = createAssignmentUpdates({ assignments: answers, periodMs: 0 });
  answers.onAsk(() => {
    answers.onAsk(() => {});
    answers.set('a', 'NOT_RUNNING');
    updates.changed(experiment('a'), experiment('a'));
  });
  const stream = await updates.follow(null, user('u'));
  expect(await next(stream)).toEqual(['a SPLIT']);
  expect(await next(stream)).toEqual(['a NOT_RUNNING']);
  await stream.return?.();
});

test('only what was touched is asked again, and an answer that is the same is not sent', async () => {
  const answers = createAnswers({ a: 'SPLIT', b: 'SPLIT', c: 'SPLIT' });
  const updates = createAssignmentUpdates({ assignments: answers, periodMs: 0 });
  const stream = await updates.follow(['a', 'b'], user('u'));
  expect(await next(stream)).toEqual(['a SPLIT', 'b SPLIT']);
  const following = next(stream);
  updates.changed(experiment('a'), experiment('a'));
  updates.changed(experiment('c'), experiment('c'));
  await new Promise<void>((resolve) => answers.onAsk(resolve));
  answers.set('b', 'STICKY');
  updates.changed(experiment('b'), experiment('b'));
  expect(await following).toEqual(['b STICKY']);
  expect(answers.asked).toEqual([['a', 'b'], ['a'], ['b']]);
  await stream.return?.();
});

test('what nobody can tell for the moment does not replace what was known, and is asked until somebody can', async () => {
  const answers = createAnswers({ a: 'STICKY', b: 'FALLBACK' });
  const updates = createAssignmentUpdates({ assignments: answers, periodMs: 1 });
  const stream = await updates.follow(null, user('u'));
  expect(await next(stream)).toEqual(['a STICKY', 'b FALLBACK']);
  answers.set('a', 'FALLBACK');
  updates.changed(experiment('a'), experiment('a'));
  let questions = 0;
  answers.onAsk(() => {
    questions += 1;
    if (questions < 3) return;
    answers.set('a', 'STICKY');
    answers.set('b', 'SPLIT');
  });
  expect(await next(stream)).toEqual(['b SPLIT']);
  expect(questions).toBe(4);
  await stream.return?.();
});

test('experiments that are not served and were not are of no interest to who asks for all', async () => {
  const answers = createAnswers({ a: 'SPLIT' });
  const updates = createAssignmentUpdates({ assignments: answers, periodMs: 0 });
  const stream = await updates.follow(null, user('u'));
  await next(stream);
  const draft = sampleExperiment({ status: 'DRAFT', allocation: null }, { key: 'draft' });
  updates.changed(null, draft);
  updates.changed(draft, null);
  updates.changed(experiment('a'), sampleExperiment({ status: 'ARCHIVED' }, { key: 'a' }));
  answers.set('a', 'NOT_RUNNING');
  expect(await next(stream)).toEqual(['a NOT_RUNNING']);
  expect(answers.asked).toEqual([null, ['a']]);
  await stream.return?.();
});

test('streams complete when the instance stops, and so do later ones', async () => {
  const updates = createAssignmentUpdates({ assignments: createAnswers({}), periodMs: 0 });
  const stream = await updates.follow(null, user('u'));
  expect(await next(stream)).toEqual([]);
  const following = next(stream);
  updates.stop();
  expect(await following).toBeUndefined();
  expect(await next(await updates.follow(null, user('u')))).toBeUndefined();
});
