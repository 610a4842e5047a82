import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import WebSocket from 'ws';
import { createCaller, sampleInput } from '../api/operations.js';
import { type RunningService, startService } from '../setup/service.js';
import { recordWire } from './wire.js';

/** What a client library is tried in, for the tests of one file: a service, a socket to it, and a wire that is emptied before each test. */
export function createSurroundings() {
  let service: RunningService;
  let socket: ReturnType<typeof createClient>;
  const headers = () => ({ authorization: `Bearer ${service.secrets.admin}` });
  const api = createCaller(() => service);
  const wire = recordWire();

  beforeAll(async () => {
    service = await startService();
    socket = createClient({
      url: `${service.url.replace(/^http/, 'ws')}/graphql`,
      connectionParams: headers(),
      webSocketImpl: WebSocket,
    });
  });
  afterAll(async () => {
    await socket.dispose();
    await service.remove();
  });
  beforeEach(() => void wire.take());

  return {
    api,
    wire,
    /** Of GraphQL over HTTP. */
    url: () => `${service.url}/graphql`,
    headers,
    socket: () => socket,
    /** Key of an experiment that was just started. */
    async running(): Promise<string> {
      const { experiment } = await api.done('createExperiment', { input: sampleInput() });
      await api.done('startExperiment', { key: experiment.key }, '{ experiment { key } }');
      return experiment.key;
    },
  };
}
