import { DomainError } from '../core/errors.js';
import { type KeyDigest, keyDigest } from '../services/key-digest.js';
import type { ApiKeyRecord } from '../services/records.js';
import type { Context } from './context.js';

/** Tells which key has a digest; answered from memory where it can be. */
export interface Authenticator {
  /** The same from memory alone; undefined when that does not tell. Requests that need no waiting are most, and cost less without. */
  recall?(digest: KeyDigest): ApiKeyRecord | null | undefined;
  /** @returns null when the key is unknown, expired or revoked. @throws DomainError UNAVAILABLE when that cannot be told now */
  authenticate(digest: KeyDigest): Promise<ApiKeyRecord | null>;
}

/** The digest of the key in `Bearer KEY`; null when there is none. */
export function bearerDigest(authorization: unknown): KeyDigest | null {
  if (typeof authorization !== 'string') return null;
  const secret = /^bearer +(\S{1,512}) *$/i.exec(authorization)?.[1];
  return secret === undefined ? null : keyDigest(secret);
}

export type Identity = Pick<Context, 'caller' | 'callerFault'>;

const nobody: Identity = { caller: null, callerFault: null };

/** Who sends a request with this key. Never throws: what could not be told is refused where a key is needed. */
export function identify(keys: Authenticator, digest: KeyDigest | null): Identity | Promise<Identity> {
  if (digest === null) return nobody;
  const caller = keys.recall?.(digest);
  return caller === undefined ? lookUp(keys, digest) : { caller, callerFault: null };
}

async function lookUp(keys: Authenticator, digest: KeyDigest): Promise<Identity> {
  try {
    return { caller: await keys.authenticate(digest), callerFault: null };
  } catch (error) {
    if (error instanceof DomainError) return { caller: null, callerFault: error };
    throw error;
  }
}
