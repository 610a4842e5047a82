import { describe, expect, test } from 'vitest';
import type { Allocation } from '../../src/core/allocation.js';
import { couldHaveServed } from '../../src/core/assignment.js';
import { compile } from '../../src/core/compiled-experiment.js';
import type { Unit } from '../../src/core/unit.js';
import { moved, running, sampleExperiment, sha256, userWhere } from './samples.js';

describe('a claim of an exposure', () => {
  const before = running({ trafficAllocation: 0.5 });
  const after = moved(before, { weights: [0.2, 0.8], trafficAllocation: 0.3 });
  const compiled = compile(after);
  const claim = (unit: Unit, variant: string, version: Allocation | null) =>
    couldHaveServed(compiled, { unitId: unit.userId ?? '', variant, version, sha256 });

  test('is held to the version that it names', () => {
    const unit = userWhere(after, ({ inclusion, slot }) => inclusion < 0.3 && slot >= 2_000 && slot < 5_000);
    expect([claim(unit, 'control', before.allocation), claim(unit, 'green', before.allocation)]).toEqual([true, false]);
    expect([claim(unit, 'control', after.allocation), claim(unit, 'green', after.allocation)]).toEqual([false, true]);
    const between = userWhere(after, ({ inclusion, slot }) => inclusion >= 0.3 && inclusion < 0.5 && slot < 2_000);
    expect([claim(between, 'control', before.allocation), claim(between, 'control', after.allocation)]).toEqual([true, false]);
  });

  test('that names none is held to all versions so far', () => {
    const unit = userWhere(after, ({ inclusion, slot }) => inclusion < 0.3 && slot >= 2_000 && slot < 5_000);
    expect([claim(unit, 'control', null), claim(unit, 'green', null)]).toEqual([true, true]);
    const unmoved = userWhere(after, ({ inclusion, slot }) => inclusion < 0.3 && slot >= 5_000);
    expect([claim(unmoved, 'control', null), claim(unmoved, 'green', null)]).toEqual([false, true]);
    const between = userWhere(after, ({ inclusion, slot }) => inclusion >= 0.3 && inclusion < 0.5 && slot < 2_000);
    expect(claim(between, 'control', null)).toBe(true);
    const outside = userWhere(after, ({ inclusion, slot }) => inclusion >= 0.5 && slot < 2_000);
    expect(claim(outside, 'control', null)).toBe(false);
  });

  test('is false for an unknown variant and before the start', () => {
    const unit = userWhere(after, ({ inclusion }) => inclusion < 0.3);
    expect(claim(unit, 'purple', null)).toBe(false);
    const draft = compile(sampleExperiment({ status: 'DRAFT', allocation: null }));
    expect(couldHaveServed(draft, { unitId: 'u', variant: 'control', version: null, sha256 })).toBe(false);
  });

  test('in an exclusion group is held to its range', () => {
    const exclusion = { group: 'pricing', start: 0.25, end: 0.75 };
    const member = running({ exclusionGroup: 'pricing', trafficAllocation: 0.5 }, { exclusion });
    const claims = (unit: Unit) =>
      couldHaveServed(compile(member), { unitId: unit.userId ?? '', variant: 'green', version: member.allocation, sha256 });
    expect(claims(userWhere(member, ({ place, slot }) => place >= 0.25 && place < 0.75 && slot >= 5_000))).toBe(true);
    expect(claims(userWhere(member, ({ place, slot }) => place < 0.25 && slot >= 5_000))).toBe(false);
  });
});
