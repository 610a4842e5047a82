/** A receiver of webhooks: a real HTTP server that keeps what it gets and answers as a test says. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly body: any;
}

export type AnswerTo = (received: Received, response: ServerResponse) => void;

/** Answers with this status. */
export const answering =
  (status: number, headers: Record<string, string> = {}, text = ''): AnswerTo =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);

/** Never answers. */
export const hanging: AnswerTo = () => {};

export async function startReceiver(answer: AnswerTo = answering(204)) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let answerTo = answer;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const one = { id: String(request.headers['webhook-id']), headers: request.headers, text, body: text && JSON.parse(text) };
    received.push(one);
    answerTo(one, response);
    for (const look of waiting) look();
  }

  const server = createServer((request, response) => void take(request, response).catch(() => response.destroy()));
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const end = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/hook`,
    /** All so far, in order. */
    received: received as readonly Received[],
    answers(next: AnswerTo): void {
      answerTo = next;
    },
    /** The first that matches, now or later. */
    first(matches: (received: Received) => boolean = () => true): Promise<Received> {
      return new Promise((resolve) => {
        const look = () => {
          const found = received.find(matches);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    /** Nobody listens at its address until it comes back. */
    leave: end,
    comeBack: () => listen(port),
    close: end,
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
