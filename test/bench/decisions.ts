/** The rule alone: decisions of `core/assignment` a CPU second, beside GrowthBook's SDK on an experiment of the same shape. */
import { GrowthBook } from '@growthbook/growthbook';
import { firstRuns } from '../../src/core/allocation.js';
import { decide } from '../../src/core/assignment.js';
import { compileParts } from '../../src/core/compiled-experiment.js';
import type { Sha256 } from '../../src/core/hash.js';
import { sha256 as plainSha256 } from '../../src/core/sha256.js';
import { sha256 as nodeSha256 } from '../../src/services/sha256.js';
import { experimentKey } from './bare-assignment.js';
import type { BenchContext, Row } from './bench.js';
import { ratioOf, takeTurns } from './measure.js';

const key = experimentKey(7);
const targeting = { include: ['region:US'], exclude: ['internal:true'] };
const attributes = { region: 'US' };

const experiment = compileParts({
  id: '00000000-0000-0000-0000-000000000007',
  key,
  status: 'RUNNING',
  hashStrategy: 'CONSISTENT_HASH',
  hashKey: 'userId',
  salt: '0123456789abcdef0123456789abcdef',
  targeting,
  variants: [
    { key: 'control', payload: null, enabled: true },
    { key: 'treatment', payload: null, enabled: true },
  ],
  control: 'control',
  shippedVariant: null,
  overrides: [],
  exclusion: null,
  allocation: { version: 1, trafficAllocation: 0.8, maxTrafficAllocation: 0.8, runs: firstRuns([0.5, 0.5]) },
});

function createDecider(sha256: Sha256) {
  const options = { experimentKey: key, sha256 };
  return (userId: string) => decide(experiment, { userId, attributes, isBot: false }, options);
}

/** As its documentation advises for a server: one instance, attributes set for each request. */
function createGrowthBook() {
  const growthbook = new GrowthBook({ attributes: {} });
  const rule = {
    key,
    variations: ['control', 'treatment'] as [string, string],
    weights: [0.5, 0.5],
    coverage: 0.8,
    hashAttribute: 'userId',
    hashVersion: 2,
    condition: { region: 'US', internal: { $ne: true } },
  };
  return (userId: string) => {
    growthbook.setAttributes({ userId, ...attributes });
    return growthbook.run(rule);
  };
}

/** Decisions a CPU second of this process. */
async function rateOf(work: (userId: string) => unknown, decisions: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < decisions; i += 1) work(`user-${i}`);
  const { user, system } = process.cpuUsage(before);
  return (decisions * 1e6) / (user + system);
}

export async function decisionRows(context: BenchContext): Promise<readonly Row[]> {
  context.progress('decisions in process');
  const decisions = context.quick ? 100_000 : 1_000_000;
  const [node, browser, growthbook] = [createDecider(nodeSha256), createDecider(plainSha256), createGrowthBook()];
  const { ours, plain, peer } = await takeTurns(
    {
      ours: () => rateOf(node, decisions),
      plain: () => rateOf(browser, decisions / 10),
      peer: () => rateOf(growthbook, decisions / 10),
    },
    context,
  );
  const unit = 'decisions per CPU second';
  const beside = { name: 'GrowthBook SDK', value: peer.median };
  return [
    {
      name: "one decision, the platform's SHA-256",
      value: ours.median,
      range: ours.range,
      unit,
      against: { ...beside, ratio: ratioOf(ours, peer) },
      goal: { text: '>= 1,000,000', met: ours.median >= 1_000_000 },
    },
    {
      name: 'one decision, SHA-256 in plain code',
      value: plain.median,
      range: plain.range,
      unit,
      against: { ...beside, ratio: ratioOf(plain, peer) },
    },
  ];
}
