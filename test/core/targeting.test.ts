import { describe, expect, test } from 'vitest';
import { isTargeted, maxPredicateLength, parseTargeting } from '../../src/core/targeting.js';
import type { Unit } from '../../src/core/unit.js';
import vectors from '../vectors/assignment.json' with { type: 'json' };

const isEligible = (targeting: { include?: string[]; exclude?: string[] }, unit: Partial<Unit>) => {
  const parsed = parseTargeting({ include: [], exclude: [], ...targeting });
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return isTargeted(parsed.compiled, { isBot: false, ...unit });
};

describe('a predicate', () => {
  test.each(vectors.targeting.map((vector) => [vector.predicate, JSON.stringify(vector.unit), vector] as const))(
    '%s for %s',
    (_, __, vector) => {
      const { predicate, unit, holds } = vector;
      const parsed = parseTargeting({ include: [predicate], exclude: [] });
      expect(parsed.ok).toBe(holds !== null);
      if (!parsed.ok) return;
      expect(isTargeted(parsed.compiled, unit)).toBe(holds);
      expect(isEligible({ exclude: [predicate] }, unit)).toBe(!holds);
    },
  );
});

describe('targeting', () => {
  test('wants all of include and none of exclude', () => {
    const targeting = { include: ['region:US', 'accountType:free'], exclude: ['internal:true', 'bot:true'] };
    expect(isEligible(targeting, { attributes: { region: 'US', accountType: 'free' } })).toBe(true);
    expect(isEligible(targeting, { attributes: { region: 'US', accountType: 'pro' } })).toBe(false);
    expect(isEligible(targeting, { attributes: { region: 'US', accountType: 'free', internal: true } })).toBe(false);
    expect(isEligible(targeting, { attributes: { region: 'US', accountType: 'free' }, isBot: true })).toBe(false);
    expect(isEligible({}, {})).toBe(true);
  });

  test('that cannot be read is refused whole, with a problem at each place', () => {
    const parsed = parseTargeting({ include: ['region:US', 'region'], exclude: ['age>old', 'x'.repeat(maxPredicateLength + 1)] });
    expect(parsed.ok ? [] : parsed.problems.map(({ code, path }) => [code, ...path])).toEqual([
      ['INVALID_TARGETING', 'targeting', 'include', '1'],
      ['INVALID_TARGETING', 'targeting', 'exclude', '0'],
      ['INVALID_TARGETING', 'targeting', 'exclude', '1'],
    ]);
  });

  test('has at most 100 predicates in a list', () => {
    const parsed = parseTargeting({ include: new Array(101).fill('region:US'), exclude: [] }, ['input', 'targeting']);
    expect(parsed.ok ? null : parsed.problems).toMatchObject([{ code: 'INVALID_RANGE', path: ['input', 'targeting', 'include'] }]);
  });

  test('may name values with any characters, line breaks among them', () => {
    expect(isEligible({ include: ['note:one\ntwo|drei > 2'] }, { attributes: { note: 'drei > 2' } })).toBe(true);
    expect(isEligible({ include: ['note:one\ntwo'] }, { attributes: { note: 'one\ntwo' } })).toBe(true);
  });
});
