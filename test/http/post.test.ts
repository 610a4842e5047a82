import { afterEach, beforeEach, expect, test } from 'vitest';
import { post } from '../../src/http/post.js';
import { answering, hanging, type Receiver, startReceiver } from '../setup/receiver.js';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const never = new AbortController().signal;
const send = (changes: object = {}) =>
  post({ url: receiver.url, headers: { 'x-a': 'b' }, body: '{"a":1}', timeoutMs: 10_000, signal: never, ...changes });

test('sends the body with its headers and reads how the answer begins', async () => {
  receiver.answers(answering(418, { 'retry-after': '7' }, 'short\n and\tstout'));
  expect(await send()).toEqual({ status: 418, text: 'short and stout', retryAfterMs: 7_000 });
  expect(await receiver.first()).toMatchObject({ text: '{"a":1}', headers: { 'x-a': 'b' } });
});

test('reads no more than it needs of an answer that never ends', async () => {
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  receiver.answers((_, response) => {
    response.writeHead(200);
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', flood).on('close', close);
    flood();
  });
  const { status, text } = await send();
  expect({ status, length: text.length }).toEqual({ status: 200, length: 1_000 });
  await closed;
});

test('gives up a receiver that hangs, and one that hangs in the middle of its answer has answered', async () => {
  receiver.answers(hanging);
  await expect(send({ timeoutMs: 50 })).rejects.toThrow('No answer within 50 ms.');
  receiver.answers((_, response) => void response.writeHead(200).flushHeaders());
  expect(await send({ timeoutMs: 2_000 })).toMatchObject({ status: 200, text: '' });
});

test('says why a receiver cannot be reached', async () => {
  await receiver.leave();
  await expect(send()).rejects.toThrow('Could not be reached: ECONNREFUSED.');
  await receiver.comeBack();
});

test('breaks off when it is told to', async () => {
  receiver.answers(hanging);
  const stopping = new AbortController();
  const sending = send({ signal: stopping.signal });
  await receiver.first();
  stopping.abort();
  await expect(sending).rejects.toThrow();
}, 5_000);
