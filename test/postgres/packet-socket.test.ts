import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { PacketSocket } from '../../src/postgres/packet-socket.js';

test('holds back what is written in one turn until its promises have gone on, then sends it in order', async () => {
  let received = '';
  const server = createServer((socket) => socket.on('data', (data) => (received += data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = new PacketSocket();
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');

  socket.write('one ');
  await Promise.resolve();
  socket.write('two ');
  expect([socket.writableLength, socket.writableCorked]).toEqual([8, 1]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.writableCorked).toBe(0);
  socket.write(Buffer.from('three'));
  socket.end();
  await once(socket, 'close');
  await expect.poll(() => received).toBe('one two three');
  server.close();
});
