import { afterEach, expect, test } from 'vitest';
import { createAnnouncements } from '../../src/redis/announcements.js';
import type { Announcement } from '../../src/services/ports.js';
import { connect } from './clients.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function instance(url?: string) {
  const connections = await connect(url);
  opened.push(connections.close);
  const announcements = createAnnouncements({ publisher: connections.hot, subscriber: connections.subscriber, log: connections.log });
  const heard: Announcement[] = [];
  const waiting: (() => void)[] = [];
  announcements.subscribe((said) => {
    heard.push(said);
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise<void>((resolve) => announcements.onReconnect(resolve));
  const until = async (number: number) => {
    while (heard.length < number) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { ...connections, announcements, heard, until };
}

test('announcements reach the other instances and not the one that made them', async () => {
  const one = await instance();
  const other = await instance(one.url);
  const said: Announcement[] = [
    { kind: 'experiment', id: 'a', version: 7 },
    { kind: 'evaluation', id: 'a', sequence: 3 },
    { kind: 'alert', sequence: 12 },
    { kind: 'keys' },
  ];
  for (const announcement of said) one.announcements.announce(announcement);
  await other.until(4);
  expect(other.heard).toEqual(said);
  other.announcements.announce({ kind: 'keys' });
  await one.until(1);
  expect(one.heard).toEqual([{ kind: 'keys' }]);
});

test('garbage on the channel is ignored', async () => {
  const one = await instance();
  const other = await instance(one.url);
  const channel = `bellwether:announcements:${new URL(one.url).pathname.slice(1)}`;
  for (const text of ['', 'null', '{"from":1}', '{"from":"x","announcement":{"kind":"evaluation","id":"a","sequence":-1}}']) {
    expect(await one.hot.publish(channel, text)).toBe(2);
  }
  one.announcements.announce({ kind: 'keys' });
  await other.until(1);
  expect(other.heard).toEqual([{ kind: 'keys' }]);
});

test('a listener that fails does not keep the others from hearing', async () => {
  const one = await instance();
  const other = await instance(one.url);
  const failing = createAnnouncements({ publisher: other.hot, subscriber: other.subscriber, log: other.log });
  failing.subscribe(() => {
    throw new Error('broken listener');
  });
  const heard = new Promise<Announcement>((resolve) => failing.subscribe(resolve));
  one.announcements.announce({ kind: 'alert', sequence: 1 });
  expect(await heard).toEqual({ kind: 'alert', sequence: 1 });
  expect(other.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
});

test('listeners look again when messages flow again after the connection was lost', async () => {
  const one = await instance();
  const other = await instance(one.url);
  const again = new Promise<void>((resolve) => other.announcements.onReconnect(resolve));
  await one.hot.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
  await again;
  one.announcements.announce({ kind: 'keys' });
  await other.until(1);
  expect(other.heard).toEqual([{ kind: 'keys' }]);
});

test('announcing while Redis is away neither throws nor waits', async () => {
  const one = await instance();
  one.hot.disconnect();
  for (let i = 0; i < 1_000; i += 1) one.announcements.announce({ kind: 'alert', sequence: i });
});
