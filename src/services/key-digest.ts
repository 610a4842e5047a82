import { hash } from 'node:crypto';

/**
 * What an API key is known by behind the edge, which keeps no secret: its SHA-256, enough for secrets with 256 bits of chance. In base64, the cheapest
 * way to a hash.
 */
export type KeyDigest = string;

export const keyDigest = (secret: string): KeyDigest => hash('sha256', secret, 'base64');

/** The digest as it is stored. */
export const digestBytes = (digest: KeyDigest): Buffer => Buffer.from(digest, 'base64');
