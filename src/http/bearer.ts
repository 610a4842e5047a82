import { bearerDigest } from '../graphql/authentication.js';
import type { KeyDigest } from '../services/key-digest.js';
import type { Sender } from './crawler-signal.js';

/**
 * Reads whose key requests bear. Those of one connection mostly bear the same, and to compare it with the last costs a tenth of hashing it, which
 * would be one of the greater parts of an assignment.
 */
export function createBearerReader(): (sender: Sender) => KeyDigest | null {
  const last = new WeakMap<Sender['socket'], { readonly header: string; readonly digest: KeyDigest | null }>();
  return function readBearer({ headers: { authorization: header }, socket }) {
    if (header === undefined) return null;
    const known = last.get(socket);
    if (known?.header === header) return known.digest;
    const digest = bearerDigest(header);
    last.set(socket, { header, digest });
    return digest;
  };
}
