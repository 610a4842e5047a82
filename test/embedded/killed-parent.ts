/** A process that starts a store and is killed: what a `kill -9` of the whole service leaves behind. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Orphan {
  readonly url: string;
  readonly pid: number;
}

/** Resolves when the store runs and the process that started it is dead. */
export async function killedParent(store: 'postgres' | 'redis', dataDir: string): Promise<Orphan> {
  const child = fork(fileURLToPath(new URL('./store-parent.ts', import.meta.url)), [store, dataDir], { execArgv: ['--import', 'tsx'] });
  const [orphan] = (await once(child, 'message')) as [Orphan];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return orphan;
}
