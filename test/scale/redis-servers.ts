/** Real Redis servers of a test's own, as many as it takes for a cluster or for sentinels. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { placeStore, writePrivate } from '../../src/embedded/account.js';
import { freePort } from '../../src/embedded/ports.js';
import { sendSignal } from '../../src/embedded/process-table.js';
import { findRedis } from '../../src/embedded/redis-binary.js';
import { launch, type StoreProcess, terminate } from '../../src/embedded/store-process.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';

export const password = 'a-password-of-tests';

export interface RedisServer {
  readonly port: number;
  /** Waits until it is gone. */
  kill(): Promise<void>;
  /** It answers nobody any more, and breaks no connection. */
  freeze(): void;
  /** The answer to one command. */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

export interface RedisServers {
  /** @param lines of its configuration, beside the port and the password */
  start(lines: readonly string[], options?: { readonly sentinel?: boolean }): Promise<RedisServer>;
  killAll(): Promise<void>;
}

export function createRedisServers(): RedisServers {
  const running: RedisServer[] = [];

  return {
    async start(lines, { sentinel = false } = {}) {
      const { folder, account } = placeStore(makeDataFolder(), 'redis');
      const { program, env } = await findRedis({ account, packageDir, env: process.env });
      // A cluster's bus listens 10,000 above.
      const port = await freePortBelow(50_000);
      const conf = join(folder, 'redis.conf');
      const own = sentinel ? [] : ['save ""', 'appendonly no', `requirepass ${password}`, `masterauth ${password}`];
      writePrivate(conf, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...own, ...lines, ''].join('\n'), account);
      const args = [conf, ...(sentinel ? ['--sentinel'] : [])];
      const child: StoreProcess = launch({ program, args, cwd: folder, account, env, logFile: join(folder, 'redis.log') });
      const server: RedisServer = {
        port,
        kill: () => terminate(child, [['SIGKILL', 5_000]]),
        freeze: () => void sendSignal(child.pid, 'SIGSTOP'),
        async call(command, ...given) {
          const client = new Redis({ port, retryStrategy: () => null, lazyConnect: true, ...(sentinel ? {} : { password }) });
          client.on('error', () => {});
          try {
            await client.connect();
            return await client.call(command, ...given.map(String));
          } finally {
            client.disconnect();
          }
        },
      };
      running.push(server);
      await becomes(() => server.call('PING').catch(() => null), 'PONG');
      return server;
    },
    async killAll() {
      await Promise.all(running.map((server) => server.kill()));
    },
  };
}

async function freePortBelow(limit: number): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * (limit - 20_000));
    if ((await freePort(port)) === port) return port;
  }
}

/** Three primaries, each with a replica. */
export async function startCluster(servers: RedisServers) {
  const settings = ['cluster-enabled yes', 'cluster-node-timeout 2000', 'repl-diskless-sync-delay 0', 'cluster-require-full-coverage no'];
  const nodes = await Promise.all(Array.from({ length: 6 }, () => servers.start(settings)));
  const [first, ...others] = nodes as [RedisServer, ...RedisServer[]];
  const slots = 16_384;
  const bounds = [0, Math.floor(slots / 3), Math.floor((2 * slots) / 3), slots];
  for (const [i, node] of nodes.slice(0, 3).entries()) {
    await node.call('CLUSTER', 'ADDSLOTSRANGE', bounds[i] ?? 0, (bounds[i + 1] ?? 0) - 1);
    await node.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
  }
  for (const node of others) await first.call('CLUSTER', 'MEET', '127.0.0.1', node.port);
  const knows = async (node: RedisServer) =>
    String(await node.call('CLUSTER', 'NODES'))
      .trim()
      .split('\n').length;
  await becomes(
    () => Promise.all(nodes.map(knows)),
    nodes.map(() => 6),
  );
  for (const [i, replica] of nodes.slice(3).entries()) {
    await replica.call('CLUSTER', 'REPLICATE', String(await nodes[i]?.call('CLUSTER', 'MYID')));
  }
  await isReplicated(nodes.slice(3));
  const state = async (node: RedisServer) => /cluster_state:(\w+)/.exec(String(await node.call('CLUSTER', 'INFO')))?.[1];
  await becomes(
    () => Promise.all(nodes.map(state)),
    nodes.map(() => 'ok'),
  );

  return {
    /** Names two of the six. */
    url: `redis+cluster://:${password}@127.0.0.1:${first.port},127.0.0.1:${nodes[4]?.port}`,
    nodes,
    /** The primary that holds a key, as one of the others sees it. */
    async primaryOf(key: string, seenBy = first): Promise<RedisServer> {
      const slot = Number(await seenBy.call('CLUSTER', 'KEYSLOT', key));
      const ranges = (await seenBy.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
      const [, , [, port]] = ranges.find(([from, to]) => from <= slot && slot <= to) as [number, number, [string, number]];
      return nodes.find((node) => node.port === port) as RedisServer;
    },
  };
}

/** A primary with two replicas, and three sentinels that watch it. */
export async function startSentinels(servers: RedisServers) {
  const settings = ['repl-diskless-sync-delay 0'];
  const primary = await servers.start(settings);
  const replicas = await Promise.all([1, 2].map(() => servers.start([...settings, `replicaof 127.0.0.1 ${primary.port}`])));
  await isReplicated(replicas);
  const watch = [
    `sentinel monitor bellwether 127.0.0.1 ${primary.port} 2`,
    `sentinel auth-pass bellwether ${password}`,
    'sentinel down-after-milliseconds bellwether 2000',
    'sentinel failover-timeout bellwether 4000',
  ];
  const sentinels = await Promise.all([1, 2, 3].map(() => servers.start(watch, { sentinel: true })));
  // A failover needs sentinels that know one another, and the replicas.
  const known = async (sentinel: RedisServer) => {
    const master = (await sentinel.call('SENTINEL', 'MASTER', 'bellwether')) as string[];
    const field = (name: string) => Number(master[master.indexOf(name) + 1]);
    return [field('num-other-sentinels'), field('num-slaves')];
  };
  await becomes(
    () => Promise.all(sentinels.map(known)),
    sentinels.map(() => [2, 2]),
  );
  return {
    url: `redis+sentinel://:${password}@${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/bellwether`,
    primary,
    replicas,
  };
}

async function isReplicated(replicas: readonly RedisServer[]): Promise<void> {
  const link = async (replica: RedisServer) => /master_link_status:(\w+)/.exec(String(await replica.call('INFO', 'replication')))?.[1];
  await becomes(
    () => Promise.all(replicas.map(link)),
    replicas.map(() => 'up'),
  );
}

/** Waits until a look gives what is wanted; in hooks too, where `expect.poll` is not to be had. */
const becomes = (look: () => Promise<unknown>, wanted: unknown): Promise<void> =>
  vi.waitFor(async () => expect(await look()).toEqual(wanted), { timeout: 30_000, interval: 50 });
