import { expect, test } from 'vitest';
import { placesOf, readRedisAddress } from '../../src/core/redis-address.js';

const none = { tls: false, username: null, password: null };

test('one server is an address as ever', () => {
  for (const url of ['redis://host', 'redis://:p@host:6380/2', 'rediss://u:p@[::1]:6379?family=6']) {
    expect(readRedisAddress(url)).toEqual({ kind: 'server', url });
  }
});

test('a cluster is named by some of its servers', () => {
  expect(readRedisAddress('redis+cluster://a:7000,b:7001')).toEqual({
    kind: 'cluster',
    places: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 7001 },
    ],
    ...none,
  });
  expect(readRedisAddress('rediss+cluster://me:s%40fe:r@a,[::1]:7001/0')).toEqual({
    kind: 'cluster',
    places: [
      { host: 'a', port: 6379 },
      { host: '::1', port: 7001 },
    ],
    tls: true,
    username: 'me',
    password: 's@fe:r',
  });
});

test('sentinels have a name for the primary, and perhaps a password of their own', () => {
  const places = [
    { host: 'a', port: 26379 },
    { host: 'b', port: 5000 },
  ];
  const primary = { kind: 'sentinel', places, ...none, name: 'main', db: 0, sentinelPassword: null };
  expect(readRedisAddress('redis+sentinel://a,b:5000/main')).toEqual(primary);
  expect(readRedisAddress('redis+sentinel://:p@a,b:5000/main/3?sentinelPassword=s%2Fp')).toEqual({
    ...primary,
    password: 'p',
    db: 3,
    sentinelPassword: 's/p',
  });
});

test.each([
  ['http://host', /^redis:\/\/host:6379 or redis\+cluster/],
  ['redis+cluster://', /^redis:\/\//],
  ['redis+cluster://a:1,,b:2', /^an address like redis\+cluster/],
  ['redis+cluster://a:99999', /^an address like redis\+cluster/],
  ['redis+cluster://%zz@a', /^an address like redis\+cluster/],
  ['redis+cluster://a/1', /without a database/],
  ['redis+sentinel://a:1', /with the name/],
  ['redis+sentinel://a:1/%zz', /with the name/],
  ['redis+sentinel://a:1/main/x', /with the name/],
  ['redis+sentinel://a:1/main?family=6', /nothing behind it but/],
])('%s is refused with what is expected', (text, expected) => {
  expect(readRedisAddress(text)).toMatch(expected);
});

test('places are shown without user and password', () => {
  for (const url of ['redis://u:hunter2@a', 'redis+cluster://u:hunter2@a:6379', 'redis+sentinel://:hunter2@a:6379/main']) {
    const address = readRedisAddress(url);
    expect(typeof address === 'string' ? address : placesOf(address)).toBe('a:6379');
  }
});
