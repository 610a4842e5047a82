import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../src/sdk/answer.js';
import { createBackoff } from '../../src/sdk/backoff.js';
import { createBindings, heldAnswer } from '../../src/sdk/bindings.js';
import type { ClientEvent, MetricEvent } from '../../src/sdk/event.js';
import { createEventQueue, type EventQueueParts } from '../../src/sdk/event-queue.js';
import type { Receipt } from '../../src/sdk/event-sender.js';
import { RequestFault } from '../../src/sdk/fault.js';
import { createShelf } from '../../src/sdk/shelf.js';
import { createTransport } from '../../src/sdk/transport.js';
import { cleanUnit } from '../../src/sdk/unit.js';
import { faultBook, memoryStorage } from './shop.js';

/** The rules of the client, without a service: what takes minutes or many clients to be seen. */

const metricEvent = (eventId: string, text = ''): MetricEvent => ({
  eventId,
  metric: 'purchase',
  value: 1,
  unit: { userId: `u${text}` },
  occurredAt: '2026-01-02T03:04:05.678Z',
});

const accepted = (events: readonly ClientEvent[]): Receipt => ({
  clockOffsetMs: 0,
  results: events.map(({ eventId }) => ({ eventId, status: 'ACCEPTED', code: null, message: null })),
});

function openQueue(parts: Partial<EventQueueParts> = {}) {
  const book = faultBook();
  const shelf = createShelf({ storage: null, name: 'test', onFault: book.onFault });
  const queue = createEventQueue({
    send: async (events) => accepted(events),
    shelf,
    onFault: book.onFault,
    onRejected: () => {},
    ...parts,
  });
  return { queue, book };
}

describe('the queue of events', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('sends what there is five seconds after the first event, and nothing before', async () => {
    const send = vi.fn(async (events: readonly ClientEvent[]) => accepted(events));
    const { queue } = openQueue({ send });
    queue.add(metricEvent('a'));
    await vi.advanceTimersByTimeAsync(4_000);
    queue.add(metricEvent('b'));
    await vi.advanceTimersByTimeAsync(999);
    expect(send).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(send.mock.calls.map(([events]) => events.map(({ eventId }) => eventId))).toEqual([['a', 'b']]);
    expect(queue.size()).toBe(0);
  });

  test('waits twice as long after each failure, whatever comes meanwhile, and never sooner than it was asked to', async () => {
    const times: number[] = [];
    const send = async () => {
      times.push(Date.now());
      throw new RequestFault('UNAVAILABLE', 'busy', { retryAfterMs: times.length === 4 ? 20_000 : 0 });
    };
    const { queue } = openQueue({ send });
    for (let n = 0; n < 150; n += 1) queue.add(metricEvent(`${n}`));
    await vi.advanceTimersByTimeAsync(60_000);
    queue.add(metricEvent('late'));
    const waits = times.slice(1).map((time, i) => time - (times[i] as number));
    for (const [i, wait] of waits.slice(0, 3).entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** i);
      expect(wait).toBeLessThanOrEqual(500 * 2 ** i);
    }
    expect(waits[3]).toBeGreaterThanOrEqual(20_000);
    expect(queue.size()).toBe(151);
  });

  test('sends at once what waited for the network when that is back, and not what the service asked to be sent later', async () => {
    const sent: number[] = [];
    let fault = new RequestFault('UNREACHABLE', 'no network');
    const send = async (events: readonly ClientEvent[]) => {
      sent.push(events.length);
      if (sent.length <= 2) throw fault;
      return accepted(events);
    };
    const { queue } = openQueue({ send, delayMs: 0 });
    queue.add(metricEvent('a'));
    await vi.advanceTimersByTimeAsync(0);
    fault = new RequestFault('UNAVAILABLE', 'busy', { retryAfterMs: 20_000 });
    queue.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 1]);
    queue.wake();
    await vi.advanceTimersByTimeAsync(19_999);
    expect(sent).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([1, 1, 1]);
    queue.wake();
    expect(queue.size()).toBe(0);
    expect(sent).toEqual([1, 1, 1]);
  });

  test('finds the event that spoils a request, and gives up no other', async () => {
    const stored: string[] = [];
    const send = async (events: readonly ClientEvent[]) => {
      if (events.some(({ eventId }) => eventId === '37')) throw new RequestFault('BAD_USER_INPUT', 'odd');
      stored.push(...events.map(({ eventId }) => eventId));
      return accepted(events);
    };
    const rejected: string[] = [];
    const { queue, book } = openQueue({ send, onRejected: ({ eventId }) => rejected.push(eventId) });
    for (let n = 0; n < 100; n += 1) queue.add(metricEvent(`${n}`));
    expect(await queue.flush()).toBe(true);
    expect(new Set(stored).size).toBe(99);
    expect(stored).toHaveLength(99);
    expect(rejected).toEqual(['37']);
    expect(book.faults).toMatchObject([{ code: 'BAD_USER_INPUT', eventId: '37' }]);
  });

  /** A service that fails at these events, whatever comes with them, and says that the same again will fail too. */
  function failingAt(poison: (event: ClientEvent) => boolean) {
    const requests: { readonly at: number; readonly ids: readonly string[] }[] = [];
    const send = async (events: readonly ClientEvent[]) => {
      requests.push({ at: Date.now(), ids: events.map(({ eventId }) => eventId) });
      if (events.some(poison)) throw new RequestFault('INTERNAL_SERVER_ERROR', 'odd', { retryable: false });
      return accepted(events);
    };
    return { requests, send };
  }

  test.each([0, 37, 249])('goes on without an event that the service fails at, be it the first or the last (%i)', async (place) => {
    const { send, requests } = failingAt(({ eventId }) => eventId === `${place}`);
    const { queue, book } = openQueue({ send });
    for (let n = 0; n < 250; n += 1) queue.add(metricEvent(`${n}`));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(queue.size()).toBe(1);
    expect(requests.length).toBeLessThan(25);
    expect(book.faults).toMatchObject([{ code: 'INTERNAL_SERVER_ERROR' }]);
    expect(book.faults[0]).not.toHaveProperty('eventId');
  });

  test('tries such an event again alone with growing waits, and gives it up after an hour in which others were answered', async () => {
    const { send, requests } = failingAt(({ eventId }) => eventId === 'odd');
    const rejected: string[] = [];
    const { queue, book } = openQueue({ send, onRejected: ({ eventId }) => rejected.push(eventId) });
    queue.add(metricEvent('odd'));
    let minute = 0;
    const untilMinute = async (end: number) => {
      for (; minute < end; minute += 1) {
        queue.add(metricEvent(`${minute}`));
        await vi.advanceTimersByTimeAsync(60_000);
      }
    };
    await untilMinute(59);
    expect(queue.size()).toBe(1);
    const tries = requests.filter(({ ids }) => ids.includes('odd'));
    expect(tries.slice(1).every(({ ids }) => ids.length === 1)).toBe(true);
    expect(tries.length).toBeGreaterThan(10);
    expect(tries.length).toBeLessThan(40);
    // Its waits are its own: each of the others went within its five seconds.
    expect(requests.filter(({ ids }) => ids.some((id) => id !== 'odd')).length).toBeGreaterThanOrEqual(59);
    expect(rejected).toEqual([]);
    // Its longest wait is five minutes.
    await untilMinute(66);
    expect(rejected).toEqual(['odd']);
    expect(book.faults.at(-1)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', eventId: 'odd' });
    expect(queue.size()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives up nothing while the service fails at everything, and does not storm it', async () => {
    let isBroken = true;
    const { send, requests } = failingAt(() => isBroken);
    const { queue } = openQueue({ send });
    for (let n = 0; n < 300; n += 1) queue.add(metricEvent(`${n}`));
    await vi.advanceTimersByTimeAsync(3 * 3_600_000);
    expect(queue.size()).toBe(300);
    // At most one in half a minute once it backs off.
    expect(requests.length).toBeLessThan(3 * 120 + 30);
    isBroken = false;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(queue.size()).toBe(0);
  });

  test('leaves with a page that goes without the event that would spoil the request', async () => {
    const { send, requests } = failingAt(({ eventId }) => eventId === 'odd');
    const { queue } = openQueue({ send });
    queue.add(metricEvent('odd'));
    await queue.flush();
    queue.add(metricEvent('good'));
    queue.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(requests.at(-1)?.ids).toEqual(['good']);
    expect(queue.size()).toBe(1);
    expect(await queue.close(4_000)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('accepts no more than it can keep', () => {
    const { queue, book } = openQueue({ capacity: 2 });
    expect(['a', 'b', 'c'].map((id) => queue.add(metricEvent(id)))).toEqual([true, true, false]);
    expect(book.faults).toMatchObject([{ code: 'QUEUE_FULL', eventId: 'c' }]);
  });

  test('sends no more than browsers let through with a page that goes', () => {
    const send = vi.fn(async (events: readonly ClientEvent[]) => accepted(events));
    const { queue } = openQueue({ send });
    for (let n = 0; n < 50; n += 1) queue.add(metricEvent(`${n}`, 'ü'.repeat(2_000)));
    queue.leave();
    expect(send).toHaveBeenCalledTimes(1);
    const [events, options] = send.mock.calls[0] as unknown as [ClientEvent[], object];
    const bytes = new TextEncoder().encode(JSON.stringify(events)).length;
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(64 * 1024);
    expect(options).toEqual({ keepalive: true });
  });

  test('takes over what another page left on the shelf, and each forgets what the other was told', async () => {
    const storage = memoryStorage();
    const shelf = createShelf({ storage, name: 'test', onFault: () => {} });
    const away = async (): Promise<never> => {
      throw new RequestFault('UNREACHABLE', 'away');
    };
    const { queue: first } = openQueue({ shelf, send: away });
    first.add(metricEvent('a'));
    first.add(metricEvent('b'));
    const sent: string[] = [];
    const { queue: second } = openQueue({
      shelf,
      send: async (events) => {
        sent.push(...events.map(({ eventId }) => eventId));
        return accepted(events);
      },
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(['a', 'b']);
    expect([second.size(), storage.length]).toEqual([0, 0]);
  });

  test('is closed in time though nobody answers, and leaves the rest on the shelf', async () => {
    const storage = memoryStorage();
    const shelf = createShelf({ storage, name: 'test', onFault: () => {} });
    const { queue } = openQueue({ shelf, send: () => new Promise(() => {}) });
    queue.add(metricEvent('a'));
    const closed = queue.close(4_000);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await closed).toBe(false);
    expect(storage.length).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a wait lies between half of its span and all of it', () => {
  for (const [random, expected] of [
    [0, [50, 100, 200, 200]],
    [0.999999, [100, 200, 400, 400]],
  ] as const) {
    const backoff = createBackoff({ firstMs: 100, mostMs: 400, random: () => random });
    for (const ms of expected) expect(backoff.next()).toBeCloseTo(ms, 2);
    backoff.reset();
    expect(backoff.next(1_000)).toBeCloseTo(1_000 + (expected[0] - 50), 2);
  }
});

describe('an answer over HTTP', () => {
  async function askedOf(status: number, body: unknown, retryAfter: string | null = null): Promise<unknown> {
    const fetch = async () => ({ status, headers: { get: () => retryAfter }, json: async () => body });
    const transport = createTransport({ url: 'http://service/', key: 'k', fetch, timeoutMs: 1_000 });
    return transport.ask('query { x }', {}).catch((fault: unknown) => fault);
  }
  const errors = (code: string, more: object = {}) => ({ errors: [{ message: 'no', extensions: { code, ...more } }] });

  test('is its data', async () => {
    expect(await askedOf(200, { data: { x: 1 } })).toEqual({ x: 1 });
  });

  test('of a service under load says how long to wait, in the error or in the header', async () => {
    const busy = { code: 'UNAVAILABLE', remedy: 'WAIT', retryAfterMs: 2_000 };
    expect(await askedOf(503, errors('UNAVAILABLE', { retryAfterSeconds: 2 }))).toMatchObject(busy);
    expect(await askedOf(503, errors('UNAVAILABLE'), '2')).toMatchObject(busy);
    expect(await askedOf(503, errors('UNAVAILABLE'), 'Wed, 21 Oct 2015 07:28:00 GMT')).toMatchObject({ ...busy, retryAfterMs: 0 });
  });

  test('that refuses the request for good is told from one that may be another tomorrow', async () => {
    expect(await askedOf(200, errors('BAD_USER_INPUT'))).toMatchObject({ code: 'BAD_USER_INPUT', remedy: 'CHANGE' });
    expect(await askedOf(413, {})).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', remedy: 'CHANGE' });
    expect(await askedOf(401, errors('UNAUTHENTICATED'))).toMatchObject({ code: 'UNAUTHENTICATED', remedy: 'WAIT' });
    expect(await askedOf(401, errors('UNAUTHENTICATED', { retryable: false }))).toMatchObject({ remedy: 'WAIT' });
    expect(await askedOf(500, errors('INTERNAL_SERVER_ERROR', { retryable: false }))).toMatchObject({ remedy: 'ISOLATE' });
    expect(await askedOf(500, errors('INTERNAL_SERVER_ERROR'))).toMatchObject({ remedy: 'WAIT' });
    expect(await askedOf(502, { message: 'Bad gateway' }, '3')).toMatchObject({
      code: 'UNREACHABLE',
      remedy: 'WAIT',
      retryAfterMs: 3_000,
    });
  });
});

describe('a unit that has met its variant', () => {
  const split: Answer = {
    experimentKey: 'checkout',
    variant: 'a',
    payload: null,
    inExperiment: true,
    reason: 'SPLIT',
    hashKey: 'userId',
    unitId: 'u',
    allocationVersion: 1,
  };
  const moved: Answer = { ...split, variant: 'b', allocationVersion: 2 };
  const outside: Answer = { ...split, variant: 'control', reason: 'NOT_INCLUDED', inExperiment: false };

  test('keeps it while only its slot or the share has moved', () => {
    expect(heldAnswer(split, moved, 'a')).toBe(split);
    expect(heldAnswer(split, outside, 'a')).toBe(split);
  });

  test('follows what the service knows better, and what ends the experiment for it', () => {
    for (const reason of ['STICKY', 'OVERRIDE', 'SHIPPED', 'NOT_RUNNING', 'VARIANT_DISABLED', 'NOT_TARGETED'] as const) {
      const next: Answer = { ...moved, reason };
      expect(heldAnswer(split, next, 'a')).toBe(next);
    }
  });

  test('moves with its slot when it has met nothing, or is another unit', () => {
    expect(heldAnswer(split, moved, null)).toBe(moved);
    const other: Answer = { ...moved, unitId: 'v' };
    expect(heldAnswer(split, other, 'a')).toBe(other);
    expect(heldAnswer(undefined, moved, 'a')).toBe(moved);
  });

  test('keeps what is known over a guess', () => {
    expect(heldAnswer(split, { ...moved, reason: 'FALLBACK', inExperiment: false }, null)).toBe(split);
  });

  test('is exposed once, and again after its memory is full; a refused exposure binds no more', () => {
    const events: ClientEvent[] = [];
    const bindings = createBindings({ add: (event) => events.push(event) > 0, now: () => 0, capacity: 2 });
    const of = (unitId: string): Answer => ({ ...split, unitId });
    for (const id of ['u', 'u', 'v', 'u']) bindings.meet(of(id), { userId: id });
    expect(events).toHaveLength(2);
    expect(bindings.variantOf('checkout', 'u')).toBe('a');
    bindings.meet(of('w'), { userId: 'w' });
    expect(bindings.variantOf('checkout', 'u')).toBeNull();
    expect(bindings.meet(of('u'), { userId: 'u' })).toBe(true);
    expect(events).toHaveLength(4);
    bindings.unbind({ ...(events[3] as never as object), experimentKey: 'checkout', unit: { userId: 'u' } } as never);
    expect(bindings.variantOf('checkout', 'u')).toBeNull();
  });

  test('is not exposed when the exposure is not accepted, and so may be later', () => {
    let isOpen = false;
    const bindings = createBindings({ add: () => isOpen, now: () => 0 });
    expect(bindings.meet(split, { userId: 'u' })).toBe(false);
    isOpen = true;
    expect(bindings.meet(split, { userId: 'u' })).toBe(true);
  });
});

test('a unit from a caller without types is made one that can be sent', () => {
  const book = faultBook();
  const given = { userId: 42, deviceId: null, email: 'a@b', isBot: 1, attributes: { when: new Date(0), no: undefined } };
  expect(cleanUnit(given as never, book.onFault)).toEqual({ userId: '42', isBot: true, attributes: { when: '1970-01-01T00:00:00.000Z' } });
  expect(cleanUnit(undefined, book.onFault)).toEqual({});
  expect(cleanUnit({ attributes: { big: 1n } }, book.onFault)).toEqual({});
  expect(book.faults.map(({ code }) => code)).toEqual(['INVALID_CALL']);
});
