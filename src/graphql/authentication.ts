import { DomainError } from '../core/errors.js';
import type { ApiKeyRecord } from '../services/records.js';
import type { Context } from './context.js';

/** Tells whose secret it is; answered from memory where it can be. */
export interface Authenticator {
  /** The same from memory alone; undefined when that does not tell. Requests that need no waiting are most, and cost less without. */
  recall?(secret: string): ApiKeyRecord | null | undefined;
  /** @returns null when the key is unknown, expired or revoked. @throws DomainError UNAVAILABLE when that cannot be told now */
  authenticate(secret: string): Promise<ApiKeyRecord | null>;
}

/** The key in `Bearer KEY`; null when there is none. */
export function bearerOf(authorization: unknown): string | null {
  if (typeof authorization !== 'string') return null;
  return /^bearer +(\S{1,512}) *$/i.exec(authorization)?.[1] ?? null;
}

export type Identity = Pick<Context, 'caller' | 'callerFault'>;

const nobody: Identity = { caller: null, callerFault: null };

/** Who sends a request with this secret. Never throws: what could not be told is refused where a key is needed. */
export function identify(keys: Authenticator, secret: string | null): Identity | Promise<Identity> {
  if (secret === null) return nobody;
  const caller = keys.recall?.(secret);
  return caller === undefined ? lookUp(keys, secret) : { caller, callerFault: null };
}

async function lookUp(keys: Authenticator, secret: string): Promise<Identity> {
  try {
    return { caller: await keys.authenticate(secret), callerFault: null };
  } catch (error) {
    if (error instanceof DomainError) return { caller: null, callerFault: error };
    throw error;
  }
}
