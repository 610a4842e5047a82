/** A built Bellwether, `dist/main.js`, as a process of its own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LaunchOptions, launch } from './launch.js';

/** Secrets of the keys that every Bellwether of a run knows. */
export const secrets = {
  admin: randomBytes(24).toString('hex'),
  read: randomBytes(24).toString('hex'),
  client: randomBytes(24).toString('hex'),
};

export interface BellwetherOptions extends Pick<LaunchOptions, 'cores' | 'nodeOptions'> {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** More of its environment, such as BELLWETHER_ROLE. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Bellwether = Awaited<ReturnType<typeof launchBellwether>>;

/** Resolves once it is ready. */
export async function launchBellwether({ databaseUrl, redisUrl, env, ...options }: BellwetherOptions) {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
  const launched = await launch({
    ...options,
    script: 'dist/main.js',
    env: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      BELLWETHER_DATA_DIR: dataDir,
      BELLWETHER_ADMIN_KEY: secrets.admin,
      BELLWETHER_READ_KEY: secrets.read,
      BELLWETHER_CLIENT_KEY: secrets.client,
      PORT: '0',
      ...env,
    },
  });
  return {
    ...launched,
    /** Ends it and removes its data folder. */
    async stop(): Promise<void> {
      await launched.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    /** The data of an operation that must be answered without errors. */
    // biome-ignore lint/suspicious/noExplicitAny: benchmarks look into answers of any shape
    async ask(query: string, variables: object = {}, scope: keyof typeof secrets = 'admin'): Promise<any> {
      const response = await fetch(`${launched.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets[scope]}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
  };
}
