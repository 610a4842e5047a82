import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawGroup, drawUnit, experimentPrefix, netstring, utf8Length } from '../../src/core/hash.js';
import { sha256 as plainSha256 } from '../../src/core/sha256.js';
import vectors from '../vectors/assignment.json' with { type: 'json' };
import { sha256 } from './samples.js';

const seed = 20_250_102;
const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('draws', () => {
  test.each(vectors.units.map((vector) => [vector.unitId.slice(0, 20), vector] as const))(
    'of unit "%s" are those of the vectors',
    (_, vector) => {
      for (const hash of [sha256, plainSha256]) {
        const prefix = experimentPrefix(vector);
        expect(Buffer.from(hash(prefix + netstring(vector.unitId)), 'latin1').toString('hex')).toBe(vector.digestHex);
        expect(drawUnit(prefix, vector.unitId, hash)).toEqual({ inclusion: vector.u, slot: vector.slot });
      }
    },
  );

  test('in groups are those of the vectors', () => {
    for (const { group, unitId, g } of vectors.groups) expect(drawGroup(group, unitId, sha256)).toBe(g);
  });

  test('are exact for every digest, checked against whole numbers of any size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        const six = (at: number) => BigInt(`0x${Buffer.from(digest.subarray(at, at + 6)).toString('hex')}`);
        const draws = drawUnit('', '', () => Buffer.from(digest).toString('latin1'));
        expect(BigInt(draws.slot)).toBe((six(6) * 10_000n) >> 48n);
        expect(BigInt(draws.inclusion * 2 ** 48)).toBe(six(0));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  test('stay below their end at the greatest digest and start at zero at the least', () => {
    const greatest = drawUnit('', '', () => '\xff'.repeat(32));
    expect(greatest.inclusion).toBeLessThan(1);
    expect(greatest.slot).toBe(9_999);
    expect(drawUnit('', '', () => '\0'.repeat(32))).toEqual({ inclusion: 0, slot: 0 });
  });

  test('at the edge of each slot fall on the right side of it', () => {
    for (let slot = 1; slot < 10_000; slot += 1) {
      const least = (BigInt(slot) << 48n) / 10_000n + ((BigInt(slot) << 48n) % 10_000n === 0n ? 0n : 1n);
      const slotOf = (six: bigint) =>
        drawUnit('', '', () => Buffer.from(six.toString(16).padStart(12, '0').padStart(24, '0').padEnd(64, '0'), 'hex').toString('latin1'))
          .slot;
      expect([slotOf(least - 1n), slotOf(least)]).toEqual([slot - 1, slot]);
    }
  });

  test('for inclusion and slot are independent', () => {
    // 40,000 units in a table of 10 x 10: the statistic of independence has 81 degrees of freedom, and 170 is beyond one in ten million.
    const cells = new Array<number>(100).fill(0);
    const prefix = experimentPrefix({ salt: 'independence', experimentKey: 'e' });
    for (let i = 0; i < 40_000; i += 1) {
      const { inclusion, slot } = drawUnit(prefix, `unit-${i}`, sha256);
      const cell = Math.floor(inclusion * 10) * 10 + Math.floor(slot / 1_000);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const sumWhere = (matches: (cell: number) => boolean) => cells.reduce((sum, count, cell) => sum + (matches(cell) ? count : 0), 0);
    const statistic = cells.reduce((sum, count, cell) => {
      const row = sumWhere((other) => Math.floor(other / 10) === Math.floor(cell / 10));
      const expected = (row * sumWhere((other) => other % 10 === cell % 10)) / 40_000;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(170);
  });
});

describe('netstring', () => {
  test('counts bytes of UTF-8 as the platform does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text, 'utf8'));
      }),
      { seed },
    );
  });

  test('counts three bytes for a lone surrogate, wherever it stands', () => {
    for (const text of ['\ud800', '\udc00', 'a\ud800b', '\ud800\ud800\udc00', '\udc00\ud800']) {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text, 'utf8'));
    }
  });

  test('keeps lists of texts apart that plain joining would confuse', () => {
    expect(netstring('a:b') + netstring('c')).not.toBe(netstring('a') + netstring('b:c'));
    expect(netstring('zoë')).toBe('4:zoë,');
    expect(netstring('')).toBe('0:,');
  });
});

describe('plain SHA-256', () => {
  test('equals that of node:crypto on random texts', () => {
    const native = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(Buffer.from(plainSha256(text), 'latin1').toString('hex')).toBe(native(text));
      }),
      { seed, numRuns: 500 },
    );
    for (let length = 0; length <= 200; length += 1) {
      expect(Buffer.from(plainSha256('x'.repeat(length)), 'latin1').toString('hex')).toBe(native('x'.repeat(length)));
    }
  });

  test('gives the digest that FIPS 180-4 shows for abc', () => {
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(Buffer.from(plainSha256('abc'), 'latin1').toString('hex')).toBe(expected);
  });
});
