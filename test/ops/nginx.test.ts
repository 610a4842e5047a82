import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { freePort } from '../../src/embedded/ports.js';
import { abTest, assignment, createExperiment, startExperiment } from '../faults/operations.js';
import { makeEnvironment, type RunningService, startService } from '../setup/service.js';
import { nginx, type RunningNginx, startNginx } from './nginx.js';
import { createClientOf } from './through-nginx.js';

/** The nginx.conf of the repository, checked and run by a real nginx in front of a real service. */

const unit = { userId: 'canary' };
const asked = { query: assignment, variables: { key: 'shown', unit } };

describe.skipIf(nginx === null)('behind nginx', () => {
  let service: RunningService;
  /** To this one we are the firewall. */
  let inside: RunningNginx;
  let outside: RunningNginx;
  let client: ReturnType<typeof createClientOf>;

  beforeAll(async () => {
    const env = await makeEnvironment({ BELLWETHER_BOT_HEADER: 'x-bellwether-bot', BELLWETHER_TRUSTED_PROXIES: '127.0.0.1' });
    service = await startService(env);
    await service.ask(createExperiment, { input: abTest('shown') });
    await service.ask(startExperiment, { key: 'shown' });
    // The first of the two is not there.
    const instances = [await freePort(null), Number(new URL(service.url).port)];
    [inside, outside] = [await startNginx({ instances, firewall: '127.0.0.1/32' }), await startNginx({ instances })];
    client = createClientOf(inside, service.secrets.client);
  });
  afterAll(async () => {
    client.close();
    await Promise.all([inside.stop(), outside.stop()]);
    await service.remove();
  });

  async function reason(at: RunningNginx, headers: Record<string, string> = {}): Promise<string> {
    const other = createClientOf(at, service.secrets.client);
    const answer = await other.ask({ body: asked, headers });
    other.close();
    return answer.json().data.assignment.reason;
  }

  test('serves over TLS, and sends those who come without it there', async () => {
    const answer = await client.ask({ body: asked });
    expect(answer.json().data.assignment).toMatchObject({ inExperiment: true, reason: 'SPLIT' });
    expect(answer.headers).toMatchObject({ 'strict-transport-security': expect.any(String), 'x-request-id': expect.any(String) });
    const plain = await fetch(`${inside.plainUrl}/a?b=c`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([301, 'https://localhost/a?b=c']);
  });

  test('speaks HTTP/2', async () => {
    const session = connect(inside.url, { ca: inside.certificate });
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/graphql',
      'content-type': 'application/json',
      authorization: `Bearer ${service.secrets.client}`,
    });
    stream.end(JSON.stringify(asked));
    const [headers] = await once(stream, 'response');
    expect(session.alpnProtocol).toBe('h2');
    expect(headers[constants.HTTP2_HEADER_STATUS]).toBe(200);
    stream.resume();
    await once(stream, 'end');
    session.close();
  });

  test('lets subscriptions through', async () => {
    class Trusting extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { ca: inside.certificate });
      }
    }
    const sockets = createClient({
      url: `${inside.url.replace('https', 'wss')}/graphql`,
      webSocketImpl: Trusting,
      connectionParams: { authorization: `Bearer ${service.secrets.read}` },
      retryAttempts: 0,
    });
    const counts = sockets.iterate({ query: 'subscription { weightsUpdated(experimentKey: "shown") { version } }' });
    expect((await counts.next()).value).toMatchObject({ data: { weightsUpdated: { version: 1 } } });
    await sockets.dispose();
  });

  test('asks another instance where one is not there, for writes too', async () => {
    const query = 'mutation ($name: String!) { createApiKey(name: $name, scope: CLIENT) { apiKey { name } } }';
    const admin = createClientOf(inside, service.secrets.admin);
    for (let i = 0; i < 20; i += 1) {
      const { status, text } = await admin.ask({ body: { query, variables: { name: `key ${i}` } } });
      expect({ status, text }).toEqual({ status: 200, text: expect.not.stringContaining('errors') });
    }
    admin.close();
    // As it was when the first of them was asked in vain.
    await vi.waitFor(() => expect(inside.accessLog()).toMatch(/"instance":"[\d.:]+, [\d.:]+","instanceStatus":"502, 200"/));
  });

  test('refuses what is too large in the words of the service, and keeps the metrics inside', async () => {
    const large = { body: { query: `{ viewer { name } } # ${'x'.repeat(1_000_000)}` } };
    const own = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(large.body),
    });
    const { requestId: _, ...extensions } = (await own.json()).errors[0].extensions;
    const { status, json } = await client.ask(large);
    expect(status).toBe(own.status);
    expect(json().errors[0].extensions).toEqual(extensions);
    const fitting = await client.ask({ body: { query: `{ viewer { name } } # ${'x'.repeat(999_000)}` } });
    expect(fitting.status).not.toBe(413);
    expect((await client.ask({ path: '/metrics' })).status).toBe(404);
  });

  test("tells the firewall's word on crawlers, and nobody else's", async () => {
    expect(await reason(inside, { 'x-waf-bot': '1' })).toBe('BOT');
    expect(await reason(inside, { 'x-waf-bot': '0' })).toBe('SPLIT');
    expect(await reason(inside, { 'x-bellwether-bot': 'true' })).toBe('SPLIT');
    expect(await reason(outside, { 'x-waf-bot': '1' })).toBe('SPLIT');
    expect(await reason(outside, { 'x-bellwether-bot': 'true' })).toBe('SPLIT');
  });

  test('logs each request as an object that tells nothing of a person', async () => {
    const variables = encodeURIComponent(JSON.stringify(asked.variables));
    const { headers } = await client.ask({ path: `/graphql?query=${encodeURIComponent(assignment)}&variables=${variables}` });
    const lines = await vi.waitFor(() => {
      const written = inside.accessLog().trim().split('\n');
      const entries = written.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(entries).toContainEqual(expect.objectContaining({ path: '/graphql', requestId: headers['x-request-id'] }));
      return entries;
    });
    expect(JSON.stringify(lines)).not.toMatch(/canary|"client"|variables/);
  });
});
