import { arrivals } from './arrivals.js';
import { experimentKey } from './bare-assignment.js';
import { type Bellwether, secrets } from './bellwether.js';
import type { Bench, BenchContext, Row } from './bench.js';
import { decisionRows } from './decisions.js';
import { startExperiments } from './experiments.js';
import type { Launched } from './launch.js';
import { type LoadResult, load } from './load.js';
import { ratioOf, samplesOf, takeTurns } from './measure.js';
import { memoryMegabytes } from './proc.js';

const fields = 'experimentKey variant inExperiment reason allocationVersion';
const one = `query ($key: ID!, $unit: UnitInput!) { assignment(experimentKey: $key, unit: $unit) { ${fields} } }`;
const all = `query ($unit: UnitInput!) { assignments(unit: $unit) { ${fields} } }`;

/** As many bodies as units, which are asked for in turn. */
const bodiesOf = (query: string, variables: object): string[] =>
  Array.from({ length: 1_000 }, (_, i) => JSON.stringify({ query, variables: { ...variables, unit: { userId: `user-${i}` } } }));

const shapes = [
  { name: 'one assignment', bodies: bodiesOf(one, { key: experimentKey(7) }), goal: 0.75 },
  { name: 'assignments of 20 experiments', bodies: bodiesOf(all, {}), goal: 0.6 },
] as const;

type Shape = (typeof shapes)[number];

/** Assignments over HTTP beside a bare server that does the same hashes, their latency, memory under load; and the decision alone. */
export const assignment: Bench = {
  name: 'assignment',
  title: 'Assignment',
  async run(context) {
    const rows: Row[] = [...(await decisionRows(context))];
    const ours = await context.bellwether({ env: { BELLWETHER_ROLE: 'api' } });
    const bound = await context.launch({ script: 'test/bench/bare-server.ts', cores: context.cores.server });
    await startExperiments(ours, 20);
    for (const shape of shapes) {
      const { row, perSecond } = await throughput(context, shape, ours, bound);
      rows.push(row, await latency(context, shape, ours, perSecond));
    }
    rows.push(await memory(context, ours));
    return rows;
  },
};

function questions({ seconds }: BenchContext, { bodies }: Shape, { url }: Launched) {
  return { url: `${url}/graphql`, seconds, headers: { authorization: `Bearer ${secrets.client}` }, bodies };
}

function send(context: BenchContext, shape: Shape, server: Launched): Promise<LoadResult> {
  return load({ ...questions(context, shape, server), pid: server.pid });
}

async function throughput(context: BenchContext, shape: Shape, ours: Bellwether, bound: Launched) {
  context.progress(shape.name);
  const perSecond: number[] = [];
  const samples = await takeTurns(
    {
      ours: async () => {
        const result = await send(context, shape, ours);
        perSecond.push(result.perSecond);
        return result.perCpuSecond;
      },
      bound: async () => (await send(context, shape, bound)).perCpuSecond,
    },
    context,
  );
  const ratio = ratioOf(samples.ours, samples.bound);
  const row: Row = {
    name: shape.name,
    value: samples.ours.median,
    range: samples.ours.range,
    unit: 'requests per CPU second',
    against: { name: 'bare node:http', value: samples.bound.median, ratio },
    goal: { text: `ratio >= ${shape.goal}`, met: ratio >= shape.goal },
  };
  return { row, perSecond: samplesOf(perSecond).median };
}

async function latency(context: BenchContext, shape: Shape, ours: Bellwether, perSecond: number): Promise<Row> {
  const share = 0.6;
  // In rounds, as all else: the machine itself may stand still for a tenth of a second, which is the 99th percentile of a round.
  const p99 = () => arrivals({ ...questions(context, shape, ours), rate: perSecond * share });
  const { ours: p99Ms } = await takeTurns({ ours: p99 }, context);
  return {
    name: `${shape.name}, at 60% load`,
    value: p99Ms.median,
    range: p99Ms.range,
    unit: 'ms, 99th percentile',
    goal: { text: '< 10 ms', met: p99Ms.median < 10 },
  };
}

/** After minutes of mixed load, the middle of the growth left out: the last figure and the difference to the one half-way. */
async function memory(context: BenchContext, ours: Bellwether): Promise<Row> {
  context.progress('memory');
  const minutes = context.quick ? 0.1 : 10;
  const figures: number[] = [];
  for (let turn = 0; turn < (minutes * 60) / context.seconds; turn += 1) {
    await send(context, shapes[turn % 2] as Shape, ours);
    figures.push(memoryMegabytes(ours.pid));
  }
  const value = figures.at(-1) ?? 0;
  return {
    name: `memory after ${minutes} minutes of load`,
    value,
    range: samplesOf(figures.slice(figures.length >> 1)).range,
    unit: 'MB, range of the second half',
    goal: { text: '< 200 MB', met: value < 200 },
  };
}
