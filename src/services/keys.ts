import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ApiKeyScope } from '../core/api-key.js';
import { type Problem, refusal, refuseIfAny } from '../core/errors.js';
import type { Change, Changer } from './change.js';
import { digestBytes, type KeyDigest, keyDigest } from './key-digest.js';
import type { Announcer, Clock, Command, Ids } from './ports.js';
import type { Reads } from './reads.js';
import type { ApiKeyRecord } from './records.js';

/** API keys: of a secret only its digest is kept. */

/**
 * Keys that were seen valid; kept over a restart, for a start while the store is away.
 * Written soon; a failure is logged, for nothing but such a start depends on it.
 */
export interface KeptKeys {
  read(): Promise<ReadonlyMap<KeyDigest, ApiKeyRecord> | null>;
  write(keys: ReadonlyMap<KeyDigest, ApiKeyRecord>): void;
}

export interface KeysParts {
  readonly reads: Pick<Reads, 'apiKeyByHash' | 'apiKey' | 'touchApiKey'>;
  readonly changer: Changer;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly kept: KeptKeys;
}

export interface KeyRequest {
  readonly name: string;
  readonly scope: ApiKeyScope;
  readonly expiresAt: Date | null;
}

export interface NewKey {
  readonly apiKey: ApiKeyRecord;
  /** Shown this once; null when the answer is replayed. */
  readonly secret: string | null;
}

/** How long a look at the store holds: a revoked key ends within it on every instance. */
const freshMs = 3_000;
/** How long the store may take to answer where an older answer is at hand. */
const patienceMs = 100;
const touchEveryMs = 60_000;
const prefixLength = 10;

export type Keys = ReturnType<typeof createKeys>;

export function createKeys({ reads, changer, announcer, clock, ids, kept }: KeysParts) {
  const seen = new LRUCache<KeyDigest, { readonly key: ApiKeyRecord | null; readonly at: number }>({ max: 10_000 });
  /** Looks at the store that are under way; those who ask for the same key meanwhile share one. */
  const looks = new Map<KeyDigest, { readonly key: Promise<ApiKeyRecord | null>; readonly since: number }>();

  const isAlive = (key: ApiKeyRecord): boolean => key.revokedAt === null && (key.expiresAt === null || key.expiresAt > clock.now());

  async function lookUp(digest: KeyDigest): Promise<ApiKeyRecord | null> {
    const known = seen.get(digest);
    const now = clock.now().getTime();
    if (known && now - known.at < freshMs) return known.key;
    const look = lookAt(digest, now);
    // A key seen valid stays valid while nobody can be asked, and nobody waits for a store that hangs.
    return known?.key ? withinPatience(look, known.key) : look.key;
  }

  function lookAt(digest: KeyDigest, at: number) {
    const underWay = looks.get(digest);
    if (underWay) return underWay;
    const key = read(digest, at).finally(() => looks.delete(digest));
    const look = { key, since: performance.now() };
    looks.set(digest, look);
    return look;
  }

  async function read(digest: KeyDigest, at: number): Promise<ApiKeyRecord | null> {
    const before = seen.peek(digest)?.key ?? null;
    const key = await reads.apiKeyByHash(digestBytes(digest));
    seen.set(digest, { key, at });
    if (valid(key) !== valid(before)) keep();
    if (key && isAlive(key)) touch(key, at);
    return key;
  }

  const valid = (key: ApiKeyRecord | null): string | null => (key && isAlive(key) ? key.id : null);

  function keep(): void {
    kept.write(new Map([...seen.entries()].flatMap(([digest, { key }]) => (key && isAlive(key) ? [[digest, key]] : []))));
  }

  /** Which of them still hold is asked anew; none is kept meanwhile, lest one that was revoked outlives a restart. */
  function forget(): void {
    looks.clear();
    seen.clear();
    keep();
  }

  /** What the look says, or what was known before when it fails or has been under way for too long. */
  async function withinPatience(look: { readonly key: Promise<ApiKeyRecord | null>; readonly since: number }, known: ApiKeyRecord) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ApiKeyRecord>((resolve) => {
      timer = setTimeout(() => resolve(known), Math.max(0, look.since + patienceMs - performance.now()));
    });
    return Promise.race([look.key.catch(() => known), late]).finally(() => clearTimeout(timer));
  }

  /** Nobody waits for this, and a failure costs a minute of knowing when the key was last used. */
  function touch(key: ApiKeyRecord, now: number): void {
    if (key.lastUsedAt !== null && now - key.lastUsedAt.getTime() < touchEveryMs) return;
    reads.touchApiKey(key.id, new Date(Math.floor(now / touchEveryMs) * touchEveryMs)).catch(() => {});
  }

  /** Who made or ended which key; not its secret. */
  function audit({ transaction, command, at }: Change, before: ApiKeyRecord | null, after: ApiKeyRecord): Promise<void> {
    const { actor, action } = command;
    return transaction.audit({ at, actor, action, experimentKey: null, reason: null, before, after });
  }

  async function insert(change: Change, { name, scope, expiresAt }: KeyRequest, secret: string): Promise<ApiKeyRecord> {
    const prefix = secret.slice(0, prefixLength);
    const key = { id: ids.uuid(), name, scope, prefix, createdAt: change.at, lastUsedAt: null, expiresAt, revokedAt: null };
    await change.transaction.insertApiKey(key, digestBytes(keyDigest(secret)));
    await audit(change, null, key);
    return key;
  }

  return {
    /** The same as {@link authenticate} where the last look still holds; undefined where it takes another. */
    recall(digest: KeyDigest): ApiKeyRecord | null | undefined {
      const known = seen.get(digest);
      if (!known || clock.now().getTime() - known.at >= freshMs) return undefined;
      return known.key && isAlive(known.key) ? known.key : null;
    },

    /** The key of a digest; null when it is unknown, expired or revoked. @throws UNAVAILABLE for one never seen while the store is away */
    async authenticate(digest: KeyDigest): Promise<ApiKeyRecord | null> {
      const key = await lookUp(digest);
      return key && isAlive(key) ? key : null;
    },

    /** @throws INVALID_RANGE for a name that is blank or over 200 characters, or an end that has passed */
    async create(command: Command, request: KeyRequest): Promise<NewKey> {
      const secret = `bw_${randomBytes(32).toString('base64url')}`;
      const { outcome, replayed } = await changer.attempt(command, async (change) => {
        // Here, for a repetition gives the first outcome also after its end has passed.
        refuseIfAny(newKeyProblems(request, change.at));
        return insert(change, request, secret);
      });
      return { apiKey: outcome, secret: replayed ? null : secret };
    },

    /** Ends a key; one that has ended stays as it is. @throws NOT_FOUND */
    async revoke(command: Command, id: string): Promise<ApiKeyRecord> {
      const revoked = await changer.run(command, async (change) => {
        const before = await change.transaction.lockApiKey(id);
        if (!before) throw refusal('NOT_FOUND', `No API key has the id "${id}".`, ['id'], id);
        if (before.revokedAt) return before;
        const after = { ...before, revokedAt: change.at };
        await change.transaction.revokeApiKey(id, change.at);
        await audit(change, before, after);
        return after;
      });
      forget();
      announcer.announce({ kind: 'keys' });
      return revoked;
    },

    /** Makes a key with this secret exist, as the environment asks. A key of the secret that was revoked stays revoked. */
    async ensure(secret: string, name: string, scope: ApiKeyScope): Promise<void> {
      if (await reads.apiKeyByHash(digestBytes(keyDigest(secret)))) return;
      const command: Command = { actor: 'environment', action: 'createApiKey', apiKeyId: null, idempotencyKey: null, fingerprint: '' };
      await changer.run(command, (change) => insert(change, { name, scope, expiresAt: null }, secret));
    },

    /** Forgets what was seen, when another instance says that keys have changed. */
    forget,

    /** Knows again the keys that were seen valid before the restart, while the store is away. */
    async restore(): Promise<void> {
      for (const [digest, key] of (await kept.read()) ?? []) seen.set(digest, { key, at: 0 });
    },
  };
}

function newKeyProblems({ name, expiresAt }: KeyRequest, now: Date): Problem[] {
  const problems: Problem[] = [];
  if (name.trim() === '' || name.length > 200) {
    problems.push({ code: 'INVALID_RANGE', message: 'A name has 1 to 200 characters.', path: ['name'], received: name.slice(0, 200) });
  }
  if (expiresAt && expiresAt <= now) {
    const received = expiresAt.toISOString();
    problems.push({ code: 'INVALID_RANGE', message: `expiresAt must lie ahead; received ${received}.`, path: ['expiresAt'], received });
  }
  return problems;
}
