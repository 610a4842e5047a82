import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDataFolder } from '../setup/left-overs.js';
import type { Bench, BenchContext } from './bench.js';
import { samplesOf } from './measure.js';
import { memoryMegabytes } from './proc.js';

/** From the launch to the first answer: with stores at hand, and with everything embedded, from nothing and again. */
export const start: Bench = {
  name: 'start',
  title: 'Start',
  async run(context) {
    const lent = await timesOf(context, () => timeLent(context));
    const [first, again, memory] = await timeEmbedded(context);
    const unit = 's';
    return [
      { name: 'stores at hand, first answer', value: lent.median, range: lent.range, unit },
      { name: 'all embedded, from an empty folder', value: first, unit, goal: { text: '< 120 s', met: first < 120 } },
      { name: 'all embedded, again', value: again, unit },
      { name: 'all embedded, memory of all processes', value: memory, unit: 'MB' },
    ];
  },
};

async function timesOf({ rounds }: BenchContext, measure: () => Promise<number>) {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await measure());
  return samplesOf(times);
}

async function timeLent(context: BenchContext): Promise<number> {
  const { createDatabase } = await context.stores();
  const databaseUrl = await createDatabase();
  const from = performance.now();
  const service = await context.bellwether({ databaseUrl, env: { BELLWETHER_ROLE: 'all' } });
  await service.ask('{ viewer { scope } }');
  const seconds = (performance.now() - from) / 1_000;
  await service.stop();
  return seconds;
}

/** The packages are there already; a first start on a new machine also fetches them. */
async function timeEmbedded({ launch, cores }: BenchContext): Promise<readonly [first: number, again: number, memory: number]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
  // As root the stores run as another user, who must be able to enter.
  chmodSync(dataDir, 0o755);
  const env = { BELLWETHER_DATA_DIR: dataDir, PORT: '0' };
  const seconds: number[] = [];
  let memory = 0;
  try {
    for (let turn = 0; turn < 2; turn += 1) {
      const from = performance.now();
      const service = await launch({ script: 'dist/main.js', cores: cores.all, env });
      await fetch(`${service.url}/health`);
      seconds.push((performance.now() - from) / 1_000);
      memory = memoryMegabytes(service.pid);
      await service.stop();
    }
  } finally {
    await removeDataFolder(dataDir);
  }
  return [seconds[0] as number, seconds[1] as number, memory];
}
