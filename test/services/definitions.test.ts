import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Assignment, decide, isPending, settle } from '../../src/core/assignment.js';
import { type ClientDefinition, compileClientDefinition } from '../../src/core/client-definition.js';
import type { DefinitionInput } from '../../src/core/definition-input.js';
import { sha256 as plainSha256 } from '../../src/core/sha256.js';
import type { Unit } from '../../src/core/unit.js';
import { createRecordedExposures } from '../../src/postgres/exposures.js';
import { createAssignments } from '../../src/services/assignments.js';
import { createDefinitions } from '../../src/services/definitions.js';
import { createRecordedVariants } from '../../src/services/recorded-variants.js';
import { sampleInput } from '../core/samples.js';
import { createRandom } from '../faults/random.js';
import { command, createInstance, sender } from '../setup/instance.js';
import { createDatabase } from '../setup/stores.js';

/** Units that are asked for; DEFINITION_UNITS=1000000 asks a million, in some minutes. */
const population = Number(process.env.DEFINITION_UNITS ?? 20_000);
const random = createRandom('definitions');
const countries = ['US', 'DE', 'FR'];

/** A third each of them lacks an id, has attributes of any kind, is a bot now and then. */
function unitOf(n: number): Unit {
  const attributes = {
    ...(n % 3 !== 0 && { country: countries[n % 3] }),
    ...(n % 4 === 0 && { age: n % 90 }),
    ...(n % 5 === 0 && { seat: n % 7 === 0 ? n : `seat-${n}` }),
    ...(n % 50 === 1 && { userAgent: 'Googlebot/2.1' }),
  };
  return {
    ...(n % 11 !== 0 && { userId: `user-${n}` }),
    ...(n % 2 === 0 && { deviceId: `device-${n}` }),
    tenantId: `tenant-${n % 500}`,
    attributes,
    isBot: n % 97 === 0,
  };
}

function weightsOf(count: number): number[] {
  const shares = Array.from({ length: count }, () => 0.05 + random.next());
  return shares.map((share) => share / shares.reduce((a, b) => a + b, 0));
}

/** An experiment of a random shape. */
function inputOf(n: number): DefinitionInput {
  const count = 2 + random.below(3);
  const weights = weightsOf(count);
  const variants = ['control', 'green', 'blue', 'red'].slice(0, count).map((key, i) => ({
    key,
    weight: weights[i] as number,
    isControl: i === 0,
    ...(random.below(2) === 0 && { payload: { [key]: [n, i] } }),
  }));
  return sampleInput({
    key: `e${n}`,
    salt: `salt-${random.below(1_000)}`,
    hashStrategy: n % 4 === 3 ? 'GROWTHBOOK_V2' : 'CONSISTENT_HASH',
    hashKey: random.pick(['userId', 'userId', 'deviceId', 'tenantId', 'seat']),
    trafficAllocation: random.pick([1, 0.9, 0.6, 0.3]),
    ...(n % 5 === 2 && { exclusionGroup: 'shared', trafficAllocation: 0.3 }),
    variants,
    ...(random.below(2) === 0 && {
      targeting: { include: random.below(2) === 0 ? [`country:${countries.slice(0, 2).join('|')}`] : ['age>=18'], exclude: ['country:FR'] },
    }),
  });
}

describe('a server that holds the definitions', () => {
  let instance: ReturnType<typeof createInstance>;
  let assignments: ReturnType<typeof createAssignments>;
  const keys: string[] = [];

  beforeAll(async () => {
    const url = await createDatabase();
    instance = createInstance(url);
    const { registry, events, lifecycle, allocations } = instance;
    assignments = createAssignments({
      registry,
      events,
      recordedVariants: createRecordedVariants({
        cache: { get: async (units) => units.map(() => null), set: async () => {} },
        recorded: createRecordedExposures(instance.pool),
        // Here nobody waits, and a slow machine must not change the answers.
        deadlineMs: 60_000,
      }),
      clock: { now: () => new Date() },
      ids: { uuid: () => crypto.randomUUID(), salt: () => 'unused' },
      sha256: instance.sha256,
      onFallback: (key) => {
        throw new Error(`${key} was answered without knowledge`);
      },
    });
    await registry.refresh();
    for (let n = 0; n < 16; n += 1) {
      const { key } = (await instance.experiments.create(command, inputOf(n))).experiment.definition;
      keys.push(key);
      // One stays a draft; a dry run becomes a run or stays one.
      if (n < 15) await lifecycle.start(command, key, { dryRun: n % 7 === 5, expectedRevision: null });
    }
    await exposeSome();
    await changeMuch(lifecycle, allocations);
    await exposeSome();
    await changeMuch(lifecycle, allocations);
    await lifecycle.pause(command, 'e1', null, null);
    await lifecycle.stop(command, 'e4', 'green', null, null);
    await lifecycle.stop(command, 'e6', null, null, null);
    await lifecycle.rollBack(command, 'e9', 'harm', null);
    await lifecycle.stop(command, 'e14', 'control', null, null);
    await lifecycle.archive(command, 'e14', null);
  });
  afterAll(() => instance.close());

  /** Weights, traffic, switches and overrides move, so that slots change hands and shares shrink below what units were exposed at. */
  async function changeMuch(lifecycle: typeof instance.lifecycle, allocations: typeof instance.allocations): Promise<void> {
    for (const key of keys.slice(0, 15)) {
      const { definition, status } = instance.registry.byKey(key) as NonNullable<ReturnType<typeof instance.registry.byKey>>;
      const weights = weightsOf(definition.variants.length).map((weight, i) => ({ variant: definition.variants[i]?.key ?? '', weight }));
      if (random.below(3) > 0) await allocations.setWeights(command, key, weights, null);
      if (random.below(2) === 0) await allocations.setTrafficAllocation(command, key, random.pick([0.1, 0.3, 0.05]), null);
      if (random.below(4) === 0 && definition.variants.length > 2)
        await allocations.toggleVariant(command, key, 'green', random.below(2) === 0, null);
      for (const unitId of [`user-${random.below(2_000)}`, `tenant-${random.below(500)}`]) {
        await allocations.setOverride(command, key, unitId, random.pick(definition.variants).key);
      }
      if (status === 'DRY_RUN' && random.below(2) === 0) await lifecycle.start(command, key, { dryRun: false, expectedRevision: null });
    }
  }

  async function exposeSome(): Promise<void> {
    const exposures = [];
    const occurredAt = new Date().toISOString();
    for (let n = 0; n < 20_000; n += 29) {
      const unit = unitOf(n);
      for (const { experimentKey, variant, inExperiment, allocationVersion } of await assignments.assignments(keys, unit)) {
        if (!inExperiment) continue;
        exposures.push({ eventId: crypto.randomUUID(), experimentKey, unit, variant: variant as string, allocationVersion, occurredAt });
      }
    }
    for (let from = 0; from < exposures.length; from += 1_000) {
      await instance.events.track(sender, { exposures: exposures.slice(from, from + 1_000), events: [] });
    }
  }

  test('answers every unit as the server does, in every experiment that clients are told of', async () => {
    const set = createDefinitions({ registry: instance.registry });
    for (const experiment of instance.registry.all()) set.changed(null, experiment);
    // What a client has read from the wire.
    const definitions: ClientDefinition[] = JSON.parse(JSON.stringify(set.read(null).experiments));
    expect(definitions.map(({ key }) => key)).toEqual(keys.filter((key) => key !== 'e15' && key !== 'e14').sort());
    const compiled = definitions.map(compileClientDefinition);
    const asked = compiled.map(({ key }) => key);
    const recorded = await recordedVariants();
    const reasons = new Map<string, number>();
    const different: unknown[] = [];
    const perQuestion = 500;
    for (let from = 0; from < population; from += perQuestion) {
      const units = Array.from({ length: perQuestion }, (_, i) => unitOf(from + i));
      const served = await Promise.all(units.map((unit) => assignments.assignments(asked, unit)));
      for (const [i, unit] of units.entries()) {
        for (const [j, experiment] of compiled.entries()) {
          const { asOf: _, ...theirs } = (served[i] as readonly Assignment[])[j] as Assignment;
          const decision = decide(experiment, unit, { experimentKey: experiment.key, sha256: plainSha256 });
          // What only the server can tell a client asks it; the test looks it up in the store of record.
          const { asOf: __, ...ours } = isPending(decision)
            ? settle(decision, recorded.get(`${experiment.key} ${decision.lookup.unitId}`) ?? null)
            : decision;
          const name = isPending(decision) ? `${theirs.reason} after a look-up` : theirs.reason;
          reasons.set(name, (reasons.get(name) ?? 0) + 1);
          if (JSON.stringify(ours) !== JSON.stringify(theirs)) different.push({ unit, ours, theirs });
        }
      }
    }
    expect(different.slice(0, 3)).toEqual([]);
    // Every way to an answer was taken, so that none is right for want of a case.
    expect([...reasons.keys()].sort()).toEqual([
      'BOT',
      'EXCLUDED',
      'EXCLUDED after a look-up',
      'NOT_INCLUDED',
      'NOT_INCLUDED after a look-up',
      'NOT_RUNNING',
      'NOT_TARGETED',
      'NO_UNIT',
      'OVERRIDE',
      'SHIPPED',
      'SPLIT',
      'SPLIT after a look-up',
      'STICKY after a look-up',
      'VARIANT_DISABLED after a look-up',
    ]);
  }, 3_600_000);

  async function recordedVariants(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const asked: { key: string; experimentId: string; unitId: string }[] = [];
    for (const key of keys) {
      const experimentId = instance.registry.byKey(key)?.id ?? '';
      for (let n = 0; n < 20_000; n += 29) {
        const unit = unitOf(n);
        const ids = [unit.userId, unit.deviceId, unit.tenantId, unit.attributes?.seat];
        for (const id of ids) if (id !== undefined && id !== null) asked.push({ key, experimentId, unitId: String(id) });
      }
    }
    const recorded = createRecordedExposures(instance.pool);
    for (let from = 0; from < asked.length; from += 5_000) {
      const page = asked.slice(from, from + 5_000);
      const variants = await recorded.variantsOf(page);
      page.forEach(({ key, unitId }, i) => {
        const variant = variants[i] ?? null;
        if (variant !== null) found.set(`${key} ${unitId}`, variant);
      });
    }
    return found;
  }

  test('is told nothing of people but the ids that a variant is forced on', () => {
    const set = createDefinitions({ registry: instance.registry });
    for (const experiment of instance.registry.all()) set.changed(null, experiment);
    const { experiments } = set.read(null);
    expect(experiments.some(({ overrides }) => overrides.length > 0)).toBe(true);
    const rest = JSON.stringify(experiments.map(({ overrides, ...definition }) => definition));
    expect(rest).not.toMatch(/user-|device-|tenant-/);
  });
});
