import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { createBearerReader } from '../../src/http/bearer.js';
import { keyDigest } from '../../src/services/key-digest.js';

const readBearer = createBearerReader();
const [one, another] = [{}, {}];
const bear = (socket: object, headers: IncomingHttpHeaders) => readBearer({ headers, socket });

test('requests of one connection are each known by the key that they bear themselves', () => {
  const bears = (socket: object, secret: string) => expect(bear(socket, { authorization: `Bearer ${secret}` })).toBe(keyDigest(secret));
  for (const secret of ['first', 'first', 'second', 'first']) {
    bears(one, secret);
    bears(another, secret.toUpperCase());
  }
  expect(bear(one, {})).toBeNull();
  expect(bear(one, { authorization: 'Basic first' })).toBeNull();
  expect(bear(one, { authorization: 'bearer   first ' })).toBe(keyDigest('first'));
  bears(one, 'first');
});
