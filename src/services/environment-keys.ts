import type { ApiKeyScope } from '../core/api-key.js';
import type { Keys } from './keys.js';
import type { Log } from './log.js';

/** Keys that the environment asks for exist from the start; while the store is away they are made as soon as it is back. */

export interface EnvironmentKey {
  readonly scope: ApiKeyScope;
  readonly secret: string;
}

/** A key for each secret that is given. */
export function wantedKeysOf({
  admin,
  read,
  server,
  client,
}: Readonly<Record<'admin' | 'read' | 'server' | 'client', string | null>>): EnvironmentKey[] {
  const wanted = [
    ['ADMIN', admin],
    ['READ', read],
    ['SERVER', server],
    ['CLIENT', client],
  ] as const;
  return wanted.flatMap(([scope, secret]) => (secret === null ? [] : [{ scope, secret }]));
}

export interface EnvironmentKeysParts {
  readonly keys: Pick<Keys, 'ensure'>;
  readonly wanted: readonly EnvironmentKey[];
  readonly log: Log;
  readonly retryMs?: number;
}

export function createEnvironmentKeys({ keys, wanted, log, retryMs = 1_000 }: EnvironmentKeysParts) {
  let missing = wanted;
  let timer: NodeJS.Timeout | null = null;
  let making: Promise<void> = Promise.resolve();
  let stopped = false;

  async function make(): Promise<void> {
    const failed: EnvironmentKey[] = [];
    for (const key of missing) {
      try {
        await keys.ensure(key.secret, `${key.scope.toLowerCase()} (environment)`, key.scope);
      } catch (error) {
        // Said once: a store that is away is nobody's news a second later.
        if (missing === wanted) log.error({ err: error, scope: key.scope }, 'A key of the environment could not be made yet');
        failed.push(key);
      }
    }
    missing = failed;
    if (failed.length === 0 || stopped) return;
    timer = setTimeout(() => {
      making = make();
    }, retryMs);
  }

  return {
    /** Resolves after the first attempt. */
    start: () => {
      making = make();
      return making;
    },
    async stop(): Promise<void> {
      stopped = true;
      if (timer) clearTimeout(timer);
      await making;
    },
  };
}
