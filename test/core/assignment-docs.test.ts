import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decide } from '../../src/core/assignment.js';
import { compile } from '../../src/core/compiled-experiment.js';
import { attributeNamePattern, crawlerPatterns } from '../../src/core/unit.js';
import { sampleExperiment, sha256, variantsOf } from './samples.js';

const page = readFileSync(new URL('../../docs/assignment.md', import.meta.url), 'utf8');

test('the worked example of docs/assignment.md comes out as it says', () => {
  const key = 'exp-checkout-flow-v3';
  const salt = 'prod-experiment-2024-q3';
  const experiment = compile(
    sampleExperiment({}, { key, salt, trafficAllocation: 0.25, variants: variantsOf('control', 'variant-a', 'variant-b') }),
  );
  const rows = [...page.matchAll(/^\| `(user-\d)` \| `([0-9a-f]+)` \| ([\d.]+) \| (\d+) \| (\S+), (\w+) \|$/gm)];
  expect(rows).toHaveLength(3);
  for (const [, userId = '', digest, u, slot, variant, reason] of rows) {
    const text = `23:${salt},20:${key},6:${userId},`;
    if (userId === 'user-3') expect(page).toContain(text);
    const bytes = Buffer.from(sha256(text), 'latin1');
    expect(bytes.toString('hex').slice(0, 24)).toBe(digest);
    expect(bytes.readUIntBE(0, 6) / 2 ** 48).toBe(Number(u));
    expect(Number((BigInt(bytes.readUIntBE(6, 6)) * 10_000n) >> 48n)).toBe(Number(slot));
    expect(decide(experiment, { userId, isBot: false }, { experimentKey: key, sha256 })).toMatchObject({ variant, reason });
  }
});

test('docs/assignment.md names every crawler expression and the pattern of attribute names as the code has them', () => {
  for (const pattern of crawlerPatterns) expect(page).toContain(`\n    ${pattern}\n`);
  expect(page).toContain(attributeNamePattern.source);
});
