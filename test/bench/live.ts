import { experimentKey } from './bare-assignment.js';
import { secrets } from './bellwether.js';
import type { Bench, BenchContext, Row } from './bench.js';
import { startExperiments } from './experiments.js';
import type { Launched } from './launch.js';
import { type LiveClients, openClients } from './live-clients.js';
import { ratioOf, samplesOf, takeTurns } from './measure.js';
import { cpuSeconds, memoryMegabytes } from './proc.js';

const [watched, unwatched] = [experimentKey(0), experimentKey(1)];
const query = `subscription { weightsUpdated(experimentKey: "${watched}") {
  sequence at cause weights { variant weight } previousWeights { variant weight } } }`;
const setWeights =
  'mutation ($key: ID!, $weights: [VariantWeightInput!]!) { setWeights(key: $key, weights: $weights) { experiment { key } } }';

/**
 * One change told to all subscribers of an experiment, beside a plain graphql-ws server that has it in memory. Ours counts from the commit: from the
 * request to the last message, less what the same change takes where nobody watches.
 */
export const live: Bench = {
  name: 'live',
  title: 'Live',
  async run(context) {
    const count = context.quick ? 1_000 : 5_000;
    const ours = await context.bellwether({ env: { BELLWETHER_ROLE: 'api' } });
    const plain = await context.launch({ script: 'test/bench/plain-live.ts', cores: context.cores.server });
    await startExperiments(ours, 2);
    const clients = { ours: await clientsOf(context, ours, count), plain: await clientsOf(context, plain, count) };
    let turn = 0;
    const change = (key: string) => {
      const first = Math.floor(turn++ / 2) % 2 === 0 ? 0.25 : 0.5;
      const weights = [
        { variant: 'control', weight: first },
        { variant: 'treatment', weight: 1 - first },
      ];
      return ours.ask(setWeights, { key, weights });
    };
    const spent = { ours: [] as number[], plain: [] as number[] };
    const samples = await takeTurns(
      {
        request: () => costing(ours, spent.ours, () => timeToLast(clients.ours, () => change(watched))),
        transaction: () => timeOf(() => change(unwatched)),
        plain: () => costing(plain, spent.plain, () => timeToLast(clients.plain, () => fetch(plain.url, { method: 'POST' }))),
      },
      { rounds: context.quick ? 3 : 21 },
    );
    const fromCommit = samplesOf(samples.request.rounds.map((ms, round) => ms - (samples.transaction.rounds[round] as number)));
    const ratio = ratioOf(fromCommit, samples.plain);
    const cpu = { ours: samplesOf(spent.ours).median, plain: samplesOf(spent.plain).median };
    const memory = { ours: memoryMegabytes(ours.pid), plain: memoryMegabytes(plain.pid) };
    await Promise.all([clients.ours.close(), clients.plain.close()]);
    const peer = 'plain graphql-ws';
    const rows: Row[] = [
      {
        name: `a change told to ${count} subscribers`,
        value: fromCommit.median,
        range: fromCommit.range,
        unit: 'ms from the commit to the last message',
        against: { name: peer, value: samples.plain.median, ratio },
        goal: { text: 'ratio <= 0.6', met: ratio <= 0.6 },
      },
      {
        name: 'the same with its request and transaction',
        value: samples.request.median,
        range: samples.request.range,
        unit: 'ms to the last message',
        against: { name: peer, value: samples.plain.median, ratio: ratioOf(samples.request, samples.plain) },
      },
      {
        name: 'CPU time of the server for it',
        value: cpu.ours,
        unit: 'ms',
        against: { name: peer, value: cpu.plain, ratio: cpu.ours / cpu.plain },
      },
      {
        name: `memory with ${count} subscribers`,
        value: memory.ours,
        unit: 'MB',
        against: { name: peer, value: memory.plain, ratio: memory.ours / memory.plain },
        goal: { text: '< 300 MB', met: memory.ours < 300 },
      },
    ];
    return rows;
  },
};

function clientsOf(context: BenchContext, { url }: Launched, count: number): Promise<LiveClients> {
  context.progress(`${count} sockets to ${url}`);
  return openClients({ url, count, query, secret: secrets.read });
}

/** Milliseconds. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Milliseconds from the request of a change until the last of the clients has heard of it. */
async function timeToLast(clients: LiveClients, change: () => Promise<unknown>): Promise<number> {
  const heard = clients.heard();
  const startedAt = performance.now();
  const [times] = await Promise.all([heard, change()]);
  return (times.at(-1) ?? Number.NaN) - startedAt;
}

/** Notes the milliseconds of CPU time that the server spends meanwhile. */
async function costing(server: Launched, spent: number[], measure: () => Promise<number>): Promise<number> {
  const before = cpuSeconds(server.pid);
  const figure = await measure();
  spent.push((cpuSeconds(server.pid) - before) * 1_000);
  return figure;
}
