/**
 * Measures real servers and prints medians beside bounds and peers.
 *
 *   npm run bench -- [NAME ...] [--quick | --full] [--json FILE] [--help]
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { launchBellwether } from './bellwether.js';
import type { Bench, BenchContext } from './bench.js';
import { benches } from './benches.js';
import { launch, pin } from './launch.js';
import { machine, type Report, tableOf } from './report.js';
import { type BenchStores, openStores } from './stores.js';

const help = `Measures real servers that it starts itself, one core for the server and one for the load, and prints medians.

  npm run bench -- [options] [NAME ...]

  NAME           ${benches.map(({ name }) => name).join(', ')}; left out: all
  --quick        shorter rounds, to see that everything runs; not to be quoted
  --full         stores of ten million events, which take minutes to fill
  --profile DIR  writes a CPU profile of each Bellwether there (figures are then lower)
  --json FILE    writes the figures there too
  --help         this text

DATABASE_URL and REDIS_URL lend it stores; without them it starts its own. Tables go to standard output, progress to standard error.
Exit codes: 0 measured, 1 something failed, 2 the command is wrong. A goal that is missed is no failure.
`;

interface Command {
  readonly chosen: readonly Bench[];
  readonly quick: boolean;
  readonly full: boolean;
  readonly json: string | undefined;
  readonly profile: string | undefined;
}

function readCommand(args: readonly string[]): Command | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark "${unknown}"; there are ${benches.map(({ name }) => name).join(', ')}.`);
  const chosen = benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { chosen, quick: values.quick, full: values.full, json: values.json, profile: values.profile };
}

function coresOf(count: number): BenchContext['cores'] {
  const last = String(count - 1);
  return { server: '0', load: count > 1 ? (count > 2 ? `1-${last}` : '1') : '0', all: count > 1 ? `0-${last}` : '0' };
}

async function measure({ chosen, quick, full, json, profile }: Command): Promise<void> {
  const cores = coresOf(availableParallelism());
  const nodeOptions = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  let stores: BenchStores | undefined;
  const reports: Report[] = [];
  try {
    for (const bench of chosen) {
      const closers: (() => Promise<void>)[] = [];
      const progress = (line: string) => console.error(`${bench.name}: ${line}`);
      const context: BenchContext = {
        quick,
        full,
        rounds: quick ? 1 : 5,
        seconds: quick ? 2 : 6,
        cores,
        progress,
        async stores() {
          if (!stores) {
            progress('starting the stores');
            // They inherit the cores of this process, and share them all.
            pin(process.pid, cores.all);
            stores = await openStores();
          }
          pin(process.pid, cores.load);
          return stores;
        },
        async bellwether(options) {
          const { redisUrl, createDatabase } = await context.stores();
          const databaseUrl = options?.databaseUrl ?? (await createDatabase());
          const started = await launchBellwether({ redisUrl, cores: cores.server, nodeOptions, ...options, databaseUrl });
          closers.push(started.stop);
          return started;
        },
        async launch(options) {
          const started = await launch(options);
          closers.push(started.stop);
          return started;
        },
      };
      pin(process.pid, cores.load);
      try {
        const report = { name: bench.name, title: bench.title, rows: await bench.run(context) };
        reports.push(report);
        console.log(tableOf(report));
      } finally {
        await Promise.all(closers.map((close) => close()));
      }
    }
  } finally {
    await stores?.close();
    if (json) writeFileSync(json, `${JSON.stringify({ machine: machine(), quick, reports }, null, 2)}\n`);
  }
}

let command: Command | 'help';
try {
  command = readCommand(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
if (command === 'help') console.log(help);
else await measure(command);
