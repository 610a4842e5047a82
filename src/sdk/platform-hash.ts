import type { Sha256 } from '../core/hash.js';
import { sha256 } from '../core/sha256.js';

interface CryptoModule {
  readonly hash?: (algorithm: string, text: string, encoding: 'binary') => string;
}

/** Node's own SHA-256 where this runs in Node, which is faster, else the one in plain code. Not imported: bundles for browsers would stumble. */
export function platformSha256(): Sha256 {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: (name: string) => unknown } };
  const hash = (process?.getBuiltinModule?.('node:crypto') as CryptoModule | undefined)?.hash;
  return hash ? (text) => hash('sha256', text, 'binary') : sha256;
}
