import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemCodes } from '../../src/core/errors.js';

const sections = readFileSync('docs/errors.md', 'utf8').split(/^## /m).slice(1);
const headings = sections.map((section) => section.split('\n')[0]);

test('docs/errors.md has a heading for each code of the catalogue, in its order, and no other', () => {
  expect(headings).toEqual([...problemCodes]);
});

test.each(sections.map((section, index) => [headings[index], section]))('%s has a meaning, a cause and a cure', (_code, section) => {
  const lines = section?.split('\n').filter((line) => line.startsWith('- **')) ?? [];
  expect(lines.map((line) => /^- \*\*(\w+):\*\* \S.{15,}[.!]$/.exec(line)?.[1])).toEqual(['Meaning', 'Cause', 'Cure']);
});
