import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can be told to fail, in the ways in which networks do. */
export type ProxyMode =
  | 'pass'
  /** What is sent arrives and is done; no answer comes back, and the connection breaks. */
  | 'drop-replies'
  /** Nobody is there. */
  | 'refuse';

export async function startFaultProxy(target: () => number) {
  let mode: ProxyMode = 'pass';
  let dropped = 0;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    if (mode === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target(), '127.0.0.1');
    const end = () => {
      for (const socket of [near, far]) {
        socket.destroy();
        open.delete(socket);
      }
    };
    for (const socket of [near, far]) open.add(socket.on('error', end).on('close', end));
    near.on('data', (data) => void far.write(data));
    far.on('data', (data) => {
      if (mode !== 'drop-replies') {
        near.write(data);
        return;
      }
      // The answer is here, so the work is done.
      dropped += 1;
      near.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    /** Answers that were kept back. */
    dropped: () => dropped,
    become(next: ProxyMode): void {
      mode = next;
      if (next === 'refuse') for (const socket of open) socket.resetAndDestroy();
    },
    async close(): Promise<void> {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
