import { createServer } from 'node:net';

/** Whether this machine can listen on a port of the loopback address; port 0 asks for any. Answers the port, or null when it is taken. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : null));
    });
  });
}

/** The preferred port when it is free, else any free one. It is free now; whoever takes it must still be ready to lose it. */
export async function freePort(preferred: number | null): Promise<number> {
  const port = (preferred === null ? null : await tryPort(preferred)) ?? (await tryPort(0));
  if (port === null) throw new Error('This machine gives no port on 127.0.0.1.');
  return port;
}
