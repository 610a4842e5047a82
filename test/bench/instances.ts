import { arrivals } from './arrivals.js';
import { experimentKey } from './bare-assignment.js';
import { type Bellwether, secrets } from './bellwether.js';
import type { Bench, Row } from './bench.js';
import { startExperiments } from './experiments.js';
import { ratioOf, type Samples, samplesOf, takeTurns } from './measure.js';
import { findNginx, launchNginx } from './nginx.js';
import { cpuSeconds } from './proc.js';

const query =
  'query ($key: ID!, $unit: UnitInput!) { assignment(experimentKey: $key, unit: $unit) { experimentKey variant inExperiment reason allocationVersion } }';
const bodies = Array.from({ length: 1_000 }, (_, i) =>
  JSON.stringify({ query, variables: { key: experimentKey(7), unit: { userId: `user-${i}` } } }),
);

/** Requests a second that an instance gets: far below what a core can do, so that nobody waits for one. */
const rate = 2_000;

/**
 * One assignment a request through nginx: as many to one instance as to each of two. Were a request to cost two instances what it costs one, every core
 * that an instance gets would serve as many more. Both are on one core here, as there is one for them, and displace each other from its caches: what is
 * measured is the worst that a second instance can do to the first.
 */
export const instances: Bench = {
  name: 'instances',
  title: 'Instances',
  async run(context) {
    const nginx = await findNginx().catch((error: Error) => context.progress(`LEFT OUT, for there is no nginx: ${error.message}`));
    if (!nginx) return [];
    const databaseUrl = await (await context.stores()).createDatabase();
    const open = () => context.bellwether({ databaseUrl, env: { BELLWETHER_ROLE: 'api' } });
    const services = [await open(), await open()] as const;
    await startExperiments(services[0], 20);
    const headers = { authorization: `Bearer ${secrets.client}` };

    /** Microseconds of CPU a request, of the instances and of nginx. */
    const cost = async (some: readonly Bellwether[]): Promise<readonly [instances: number, nginx: number]> => {
      const balancer = await launchNginx(
        nginx,
        some.map(({ url }) => url),
        context.cores.load,
      );
      try {
        const spent = () => [some.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0), cpuSeconds(balancer.pid)] as const;
        const before = spent();
        const total = rate * some.length;
        await arrivals({ url: `${balancer.url}/graphql`, seconds: context.seconds, rate: total, headers, bodies });
        const after = spent();
        const requests = total * context.seconds;
        return [((after[0] - before[0]) / requests) * 1e6, ((after[1] - before[1]) / requests) * 1e6];
      } finally {
        await balancer.stop();
      }
    };

    const balanced: number[] = [];
    const of = (some: readonly Bellwether[]) => async () => {
      const [spent, balancing] = await cost(some);
      balanced.push(balancing);
      return spent;
    };
    const turns = await takeTurns({ one: of(services.slice(0, 1)), two: of(services) }, context);
    const ratio = ratioOf(turns.two, turns.one);
    return [
      row(`an assignment, one instance at ${rate} a second`, turns.one),
      {
        ...row('the same, two instances at as many each', turns.two),
        against: { name: 'one instance', value: turns.one.median, ratio },
      },
      row('nginx, a request', samplesOf(balanced)),
    ];
  },
};

const row = (name: string, { median, range }: Samples): Row => ({ name, value: median, range, unit: 'µs of CPU' });
