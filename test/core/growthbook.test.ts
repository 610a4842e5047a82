import { readFileSync } from 'node:fs';
import { GrowthBook } from '@growthbook/growthbook';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Allocation, enrolledSlots, movedSlots } from '../../src/core/allocation.js';
import { decide, isPending, settle } from '../../src/core/assignment.js';
import { compile } from '../../src/core/compiled-experiment.js';
import type { Experiment } from '../../src/core/experiment.js';
import { growthbookSlot } from '../../src/core/growthbook.js';
import { coverageOf, firstAllocation, nextAllocation } from '../../src/core/reallocation.js';
import vectors from '../vectors/assignment.json' with { type: 'json' };
import { sampleExperiment, sha256, startedAt, variantsOf } from './samples.js';

const seed = 20_250_102;
const keys = ['control', 'green', 'blue', 'red', 'grey'];

/** Weights of two to five variants, as people write them or as they come out of a division. */
const anyWeights = fc.oneof(
  fc.constantFrom([0.5, 0.5], [0.1, 0.9], [0.333, 0.333, 0.334], [0.2, 0.3, 0.5], [0, 1], [0.7, 0.1, 0.1, 0.1]),
  fc.integer({ min: 2, max: 5 }).map((count) => new Array<number>(count).fill(1 / count)),
  fc
    .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 })
    .map((shares) => shares.map((share) => share / shares.reduce((a, b) => a + b, 0))),
);
const anyShare = fc.oneof(fc.constantFrom(1, 0.5, 0.1, 0.01, 0.25), fc.double({ min: 0, max: 1, noNaN: true }));
const anyText = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'grapheme' });

type Started = Experiment & { readonly allocation: Allocation };

/** An experiment that moved in from GrowthBook, at its start. */
function movedIn(weights: readonly number[], trafficAllocation: number, salt: string): Started {
  const variants = variantsOf(...keys.slice(0, weights.length)).map((variant, i) => ({ ...variant, weight: weights[i] as number }));
  const { definition, ...rest } = sampleExperiment({}, { hashStrategy: 'GROWTHBOOK_V2', variants, trafficAllocation, salt });
  const allocation = firstAllocation({ variants, coverage: coverageOf(definition), trafficAllocation, at: startedAt });
  return { ...rest, definition, allocation };
}

function moved(experiment: Started, { weights, share }: { weights?: readonly number[]; share?: number }): Started {
  const { allocation: previous, definition } = experiment;
  const step = { previous, weights, trafficAllocation: share, coverage: coverageOf(definition) };
  return { ...experiment, allocation: nextAllocation({ ...step, cause: 'MANUAL', at: startedAt }) };
}

/** What we answer; the variant of a first exposure where one is recorded. */
function ours(experiment: Experiment, userId: string, recorded: string | null = null) {
  const decision = decide(compile(experiment), { userId, isBot: false }, { experimentKey: 'checkout', sha256 });
  return isPending(decision) ? settle(decision, recorded) : decision;
}

/** What GrowthBook's own SDK answers, in the words of ours. */
function theirs(weights: readonly number[], coverage: number, salt: string, userId: string) {
  const growthbook = new GrowthBook({ attributes: { id: userId } });
  const variations = keys.slice(0, weights.length) as [string, string, ...string[]];
  const { inExperiment, value } = growthbook.run({
    key: 'checkout',
    variations,
    weights: [...weights],
    coverage,
    seed: salt,
    hashVersion: 2,
  });
  growthbook.destroy();
  return { inExperiment, variant: value };
}

describe('GROWTHBOOK_V2', () => {
  test('gives the slots that docs/assignment.md shows', () => {
    const page = readFileSync(new URL('../../docs/assignment.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(\S+)` \| `(\S+)` \| (\d+) \|$/gm)];
    expect(rows).toHaveLength(4);
    // In whole numbers of any size, as the page says it.
    const fnv1a = (text: string) =>
      [...text].reduce((hash, letter) => ((hash ^ BigInt(letter.charCodeAt(0))) * 16_777_619n) % 2n ** 32n, 2_166_136_261n);
    for (const [, salt = '', unitId = '', slot] of rows) {
      expect(growthbookSlot(salt, unitId)).toBe(Number(slot));
      expect(fnv1a(String(fnv1a(salt + unitId))) % 10_000n).toBe(BigInt(Number(slot)));
    }
  });

  test('gives the slots and the variants of the vectors, which the SDK of GrowthBook answered', () => {
    for (const { seed: salt, unitId, weights, coverage, slot, variant } of vectors.growthbook.cases) {
      expect(growthbookSlot(salt, unitId), `${salt} ${unitId}`).toBe(slot);
      const answer = ours(movedIn(weights, coverage, salt), unitId);
      expect(answer, `${salt} ${unitId}`).toMatchObject({ inExperiment: variant !== null, variant: keys[variant ?? 0] });
    }
  });

  test('answers as the SDK of GrowthBook does, for any seed, weights, coverage and unit', () => {
    fc.assert(
      fc.property(
        anyWeights,
        anyShare,
        anyText(40),
        fc.array(anyText(60), { minLength: 60, maxLength: 60 }),
        (weights, share, salt, ids) => {
          const experiment = movedIn(weights, share, salt);
          for (const id of ids.filter((text) => text.trim() !== '')) {
            const { inExperiment, variant, reason } = ours(experiment, id);
            expect({ inExperiment, variant }).toEqual(theirs(weights, share, salt, id));
            expect(reason).toBe(inExperiment ? 'SPLIT' : 'NOT_INCLUDED');
          }
        },
      ),
      { seed, numRuns: 150 },
    );
  });

  test('agrees with it in every one of the 10,000 slots, where rounding would show', () => {
    // A unit for each slot: the first of u0, u1, ... that falls into it.
    const units = new Map<number, string>();
    for (let n = 0; units.size < 10_000; n += 1) {
      const slot = growthbookSlot('pepper', `u${n}`);
      if (!units.has(slot)) units.set(slot, `u${n}`);
    }
    for (const [weights, share] of [
      [[1 / 3, 1 / 3, 1 / 3], 1],
      [[0.1, 0.2, 0.7], 0.3],
      [[0.07, 0.29, 0.64], 0.77],
    ] as const) {
      const experiment = movedIn(weights, share, 'pepper');
      const compiled = compile(experiment);
      const different = [...units.values()].filter((userId) => {
        const decision = decide(compiled, { userId, isBot: false }, { experimentKey: 'checkout', sha256 });
        const { inExperiment, variant } = theirs(weights, share, 'pepper', userId);
        return isPending(decision) || decision.inExperiment !== inExperiment || decision.variant !== variant;
      });
      expect(different).toEqual([]);
    }
  });

  test('follows a change of coverage alone as GrowthBook does, which moves nobody who stays in', () => {
    fc.assert(
      fc.property(anyWeights, fc.array(anyShare, { minLength: 2, maxLength: 5 }), fc.nat(), (weights, shares, n) => {
        let experiment = movedIn(weights, shares[0] as number, 'salt');
        for (const share of shares.slice(1)) experiment = moved(experiment, { share });
        const share = shares.at(-1) as number;
        expect(movedSlots(experiment.allocation.runs, movedIn(weights, share, 'salt').allocation.runs)).toBe(0);
        for (let i = 0; i < 10; i += 1) {
          const { inExperiment, variant } = ours(experiment, `unit-${n + i}`);
          expect({ inExperiment, variant }).toEqual(theirs(weights, share, 'salt', `unit-${n + i}`));
        }
      }),
      { seed, numRuns: 60 },
    );
  });

  test('stores weights that are the true shares of the slots enrolled, before and after they move, and keeps them over coverage', () => {
    fc.assert(
      fc.property(
        anyWeights,
        anyShare,
        anyShare,
        fc.infiniteStream(fc.double({ min: 0.01, max: 1, noNaN: true })),
        (weights, a, b, draws) => {
          const raw = weights.map(() => draws.next().value as number);
          const wanted = raw.map((share) => share / raw.reduce((x, y) => x + y, 0));
          const later = moved(moved(movedIn(weights, a, 'salt'), { weights: wanted }), { share: b }).allocation;
          const enrolled = enrolledSlots(later.runs);
          expect(enrolled === 0 || Math.abs(enrolled - b * 10_000) <= weights.length).toBe(true);
          expect(later.weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
          // Twice rounded to whole slots: at the coverage of the change, and at that of now.
          const tolerance =
            1 / Math.max(1, enrolledSlots(moved(movedIn(weights, a, 'salt'), { weights: wanted }).allocation.runs) || 10_000) +
            1 / Math.max(1, enrolled);
          later.weights.forEach(({ weight }, i) => {
            expect(Math.abs(weight - (wanted[i] as number))).toBeLessThanOrEqual(tolerance + 1e-9);
          });
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('keeps an exposed unit in its variant over changes of weights and coverage, also while it is outside', () => {
    const change = fc.record({ weights: fc.constantFrom([0.5, 0.5], [0.2, 0.8], [0.9, 0.1]), share: fc.constantFrom(0.1, 0.4, 1, 0) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 12, maxLength: 12 }), (changes) => {
        let experiment = movedIn([0.5, 0.5], 0.5, 'salt');
        const recorded = new Map<string, string>();
        for (const next of [null, ...changes]) {
          if (next) experiment = moved(experiment, next);
          for (let i = 0; i < 80; i += 1) {
            const bound = recorded.get(`u${i}`);
            const answer = ours(experiment, `u${i}`, bound ?? null);
            if (bound !== undefined) expect([answer.variant, answer.inExperiment]).toEqual([bound, true]);
            else if (answer.inExperiment && i % 2 === 0) recorded.set(`u${i}`, answer.variant as string);
          }
        }
      }),
      { seed, numRuns: 30 },
    );
  });

  test('lets the range of an exclusion group take the place of coverage, and the hash choose among all slots', () => {
    const { definition, ...rest } = movedIn([0.5, 0.5], 0.3, 'salt');
    const grouped = { ...definition, exclusionGroup: 'checkout' };
    const allocation = firstAllocation({
      variants: grouped.variants,
      coverage: coverageOf(grouped),
      trafficAllocation: 0.3,
      at: startedAt,
    });
    const experiment = { ...rest, definition: grouped, allocation, exclusion: { group: 'checkout', start: 0.2, end: 0.5 } };
    expect(allocation.weights.map(({ weight }) => weight)).toEqual([0.5, 0.5]);
    const answers = Array.from({ length: 2_000 }, (_, i) => ({ answer: ours(experiment, `u${i}`), id: `u${i}` }));
    const included = answers.filter(({ answer }) => answer.inExperiment);
    // Binomial: 600 with a deviation of 20.5; five of them.
    expect(Math.abs(included.length - 600)).toBeLessThan(103);
    for (const { answer, id } of included) expect(answer.variant).toBe(theirs([0.5, 0.5], 1, 'salt', id).variant);
    expect(new Set(answers.filter(({ answer }) => !answer.inExperiment).map(({ answer }) => answer.reason))).toEqual(new Set(['EXCLUDED']));
  });
});
