import { expect, test } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { commandOf } from '../../src/graphql/command.js';
import type { Context } from '../../src/graphql/context.js';

const caller = { caller: { id: 'k1', name: 'pipeline' } as Context['caller'], requestId: 'r1' };

test('says who asks, by what key, for what', () => {
  expect(commandOf('pauseExperiment', { key: 'a' }, caller)).toEqual({
    actor: 'pipeline',
    apiKeyId: 'k1',
    action: 'pauseExperiment',
    idempotencyKey: null,
    fingerprint: '',
    requestId: 'r1',
  });
});

test('arguments that mean the same have one fingerprint, others another', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const of = (args: Record<string, unknown>, action = 'createApiKey') =>
    commandOf(action, { ...args, idempotencyKey: 'i' }, caller).fingerprint;
  const first = of({ name: 'a', input: { x: 1, y: [at] } });
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(of({ input: { y: [at], x: 1 }, name: 'a', other: undefined })).toBe(first);
  expect(of({ name: 'b', input: { x: 1, y: [at] } })).not.toBe(first);
  expect(of({ name: 'a', input: { x: 1, y: [new Date(0)] } })).not.toBe(first);
  expect(of({ name: 'a', input: { x: 1, y: [at] } }, 'revokeApiKey')).not.toBe(first);
});

test("null is as left out, except where it clears and inside the caller's own JSON", () => {
  const of = (action: string, input: object) => commandOf(action, { input, idempotencyKey: 'i' }, caller).fingerprint;
  expect(of('createExperiment', { key: 'a', owner: null })).toBe(of('createExperiment', { key: 'a' }));
  expect(of('updateExperiment', { key: 'a', owner: null })).not.toBe(of('updateExperiment', { key: 'a' }));
  expect(of('createExperiment', { variants: [{ payload: { a: null } }] })).not.toBe(
    of('createExperiment', { variants: [{ payload: {} }] }),
  );
});

test('finds the key of trackEvents in its input, and leaves it out of the fingerprint', () => {
  const one = commandOf('trackEvents', { input: { idempotencyKey: 'i', events: [] } }, caller);
  const other = commandOf('trackEvents', { input: { idempotencyKey: 'j', events: [] } }, caller);
  expect(one).toMatchObject({ idempotencyKey: 'i', fingerprint: other.fingerprint });
});

test.each(['', '  ', 'x'.repeat(257), 'a\u0000b', '\ud800'])('refuses the idempotency key %j', (idempotencyKey) => {
  expect(() => commandOf('pauseExperiment', { key: 'a', idempotencyKey }, caller)).toThrow(DomainError);
});
