import { createHash } from 'node:crypto';
import { createParameterDecorator } from 'type-graphql';
import { canonicalJson } from '../core/canonical-json.js';
import { refusal } from '../core/errors.js';
import { idFault } from '../core/unit.js';
import type { Command } from '../services/ports.js';
import type { Context } from './context.js';

/** Members whose value is the caller's own JSON, in which null says something. */
const jsonMembers: ReadonlySet<string> = new Set(['payload', 'attributes']);

/** What was asked, as plain JSON. Members with a default have it by now, so null in the others is as left out, except where null clears. */
function plain(value: unknown, nullClears: boolean): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item, nullClears));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => nullClears || member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, jsonMembers.has(name) ? member : plain(member, nullClears)]));
}

function withoutKey(args: Record<string, unknown>): Record<string, unknown> {
  const { idempotencyKey: _, ...rest } = args;
  return rest;
}

/**
 * Who asks for this mutation and what makes its repetition harmless.
 * The idempotency key is an argument or, for trackEvents, a member of the input; the fingerprint leaves it out.
 *
 * @throws DomainError INVALID_ID when the idempotency key is no well-formed id
 */
export function commandOf(
  action: string,
  args: Record<string, unknown>,
  { caller, requestId }: Pick<Context, 'caller' | 'requestId'>,
): Command {
  const input = typeof args.input === 'object' && args.input !== null ? (args.input as Record<string, unknown>) : {};
  const idempotencyKey = (args.idempotencyKey ?? input.idempotencyKey ?? null) as string | null;
  const fault = idFault(idempotencyKey);
  if (fault) throw refusal('INVALID_ID', `idempotencyKey ${fault}.`, ['idempotencyKey'], idempotencyKey);
  const content = { ...withoutKey(args), ...('input' in args ? { input: withoutKey(input) } : {}) };
  return {
    actor: caller?.name ?? 'unknown',
    action,
    apiKeyId: caller?.id ?? null,
    requestId,
    idempotencyKey,
    // Without a key nothing is compared, and a thousand events need not be written out.
    fingerprint:
      idempotencyKey === null
        ? ''
        : createHash('sha256')
            .update(canonicalJson({ action, args: plain(content, action === 'updateExperiment') }))
            .digest('hex'),
  };
}

/** Gives a mutation's method its {@link Command}. */
export function CommandOf() {
  return createParameterDecorator<Context>(({ args, context, info }) => commandOf(info.fieldName, args, context));
}
