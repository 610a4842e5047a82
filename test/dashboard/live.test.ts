import { describe, expect, test } from 'vitest';
import { createConnectionStore } from '../../src/dashboard/api/connection.js';
import { resuming } from '../../src/dashboard/api/resume.js';
import { grown } from '../../src/dashboard/experiment/history.js';

describe('a stream that was cut off', () => {
  const sent = (stream: ReturnType<typeof resuming>) => JSON.parse(JSON.stringify(stream.payload)).variables;

  test('asks for what followed the last message when its document takes `after`', () => {
    const stream = resuming('subscription ($key: ID!, $after: Int) { resultsUpdated(experimentKey: $key, after: $after) { sequence } }', {
      key: 'a',
    });
    expect(sent(stream)).toEqual({ key: 'a' });
    stream.seen({ resultsUpdated: { sequence: 7 } });
    stream.seen(null);
    expect(sent(stream)).toEqual({ key: 'a', after: 7 });
  });

  test('begins where its caller said, until a message has come', () => {
    const stream = resuming('subscription ($after: Int) { weightsUpdated(after: $after) { sequence } }', { after: 3 });
    expect(sent(stream)).toEqual({ after: 3 });
  });

  test('begins anew when its document takes no `after`', () => {
    const stream = resuming('subscription ($keys: [ID!]!) { countsUpdated(experimentKeys: $keys) { at } }', { keys: ['a'] });
    stream.seen({ countsUpdated: { sequence: 9 } });
    expect(sent(stream)).toEqual({ keys: ['a'] });
  });
});

describe('the connection', () => {
  test('is as old as what was last heard when it is lost, and tells of changes alone', () => {
    let time = 1_000;
    const connection = createConnectionStore({ now: () => time });
    const states: string[] = [];
    connection.subscribe(() => states.push(connection.get().state));
    connection.opening();
    connection.heard();
    connection.opened();
    time = 5_000;
    connection.heard();
    time = 9_000;
    connection.lost();
    connection.lost();
    expect(connection.get()).toEqual({ state: 'reconnecting', heardAt: 5_000 });
    connection.opening();
    connection.opened();
    connection.rested();
    expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live', 'idle']);
  });

  test('is not lost before it was there', () => {
    const connection = createConnectionStore({ now: () => 0 });
    connection.opening();
    connection.lost();
    expect(connection.get().state).toBe('connecting');
  });
});

describe('points of a chart', () => {
  const numbers = { order: (point: number) => point };

  test('are there once, in order, however they come', () => {
    expect(grown([1, 2, 3], [2, 3, 4, 4, 6], numbers)).toEqual([1, 2, 3, 4, 6]);
  });

  test('stay the same array when nothing is new', () => {
    const points = [1, 2];
    expect(grown(points, [1, 2], numbers)).toBe(points);
  });

  test('are bounded, with the last one and those that matter kept', () => {
    const isKept = (point: number) => point === 501;
    let points: readonly number[] = [];
    for (let point = 0; point < 10_000; point += 1) points = grown(points, [point], { ...numbers, isKept });
    expect(points.length).toBeLessThanOrEqual(801);
    expect(points.length).toBeGreaterThan(400);
    expect(points.at(-1)).toBe(9_999);
    expect(points).toContain(501);
    expect([...points].sort((a, b) => a - b)).toEqual(points);
  });
});
