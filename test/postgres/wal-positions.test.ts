import { expect, test } from 'vitest';
import { createWalPositions } from '../../src/postgres/wal-positions.js';

test('a replica is as of the latest time whose writes it has replayed', () => {
  const positions = createWalPositions(10);
  positions.note(100, '0/FFFFFFF0');
  positions.note(200, '1/10');
  positions.note(300, '1/20');
  expect(['0/FFFFFFEF', '0/FFFFFFF0', '1/0', '1/10', '1/1F', '1/20', '2/0'].map(positions.asOf)).toEqual([
    null,
    100,
    100,
    200,
    200,
    300,
    300,
  ]);
});

test('while the primary writes nothing, what was replayed long ago is as of now', () => {
  const positions = createWalPositions(3);
  for (let at = 0; at <= 1_000; at += 100) positions.note(at, '0/10');
  expect(positions.asOf('0/10')).toBe(1_000);
});

test('beyond what is remembered nothing is known', () => {
  const positions = createWalPositions(2);
  for (const [at, written] of ['0/1', '0/2', '0/3'].entries()) positions.note(at, written);
  expect([positions.asOf('0/1'), positions.asOf('0/2')]).toEqual([null, 1]);
});
