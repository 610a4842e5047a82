import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../src/graphql/limits.js';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';
import { openSocket, type RawSocket } from './sockets.js';

let service: RunningService;
let socket: RawSocket;

beforeAll(async () => {
  service = await startService();
  socket = await openSocket(service.url, service.secrets.admin);
  await createCaller(() => service).done('createExperiment', { input: sampleInput({ key: 'here' }) });
});
afterAll(async () => {
  await socket.close();
  await service.remove();
});

async function post(request: object) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${service.secrets.admin}` };
  const response = await fetch(`${service.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(request) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  return { status: response.status, json: (await response.json()) as any };
}

/** A way into alerts and back to their experiment, so many levels deep. */
function deep(levels: number): string {
  let inner = 'key';
  let depth = 2;
  while (depth + 3 <= levels) {
    inner = `alerts(first: 1) {nodes {experiment {${inner}}}}`;
    depth += 3;
  }
  while (depth < levels) {
    inner = depth + 1 === levels ? `control {${inner.startsWith('key') ? 'key' : 'id'}}` : `allocations(first: 1) {nodes {id}}`;
    depth += levels - depth;
  }
  return `{experiment(key: "here") {${inner}}}`;
}

const repeated = (count: number, part: (i: number) => string) => Array.from({ length: count }, (_, i) => part(i)).join(' ');

const tagged = (tags: number) => `{experiments(filter: {tags: [${repeated(tags, (i) => `"${i}"`)}]}) {totalCount}}`;

/** What may just be asked, and what is too much, by the limit that says so. */
const documents: Record<string, readonly [fine: string, tooMuch: string]> = {
  tokens: [tagged(limits.tokens - 20), tagged(limits.tokens)],
  operations: [
    `${repeated(limits.operations - 1, (i) => `query A${i} {viewer {id}}`)} query A {viewer {id}}`,
    `${repeated(limits.operations, (i) => `query A${i} {viewer {id}}`)} query A {viewer {id}}`,
  ],
  depth: [deep(14), deep(17)],
  fields: [
    `{viewer {...A ...A ...A}} fragment A on ApiKey {${repeated(300, () => 'id')}}`,
    `{viewer {...A ...A ...A ...A}} fragment A on ApiKey {${repeated(300, () => 'id')}}`,
  ],
  aliases: [`{viewer {${repeated(limits.aliases, (i) => `a${i}: id`)}}}`, `{viewer {${repeated(limits.aliases + 1, (i) => `a${i}: id`)}}}`],
  rootFields: [
    `{${repeated(limits.rootFields, (i) => `a${i}: viewer {id}`)}}`,
    `{${repeated(limits.rootFields + 1, (i) => `a${i}: viewer {id}`)}}`,
  ],
  complexity: [
    '{experiments(first: 100) {nodes {allocations(first: 100) {nodes {id}}}}}',
    '{experiments(first: 100) {nodes {allocations(first: 100) {nodes {id version cause startedAt endedAt}}}}}',
  ],
};

describe.each(Object.keys(documents))('the limit of %s', (limit) => {
  const [fine, tooMuch] = documents[limit] as [string, string];
  const named = { query: fine, operationName: limit === 'operations' ? 'A' : undefined };

  test('lets pass over HTTP what reaches it, and refuses what goes past it', async () => {
    const allowed = await post(named);
    expect(allowed.json.errors).toBeUndefined();
    const { status, json } = await post({ ...named, query: tooMuch });
    expect([status, json.errors.length, json.errors[0].extensions.code]).toEqual([400, 1, 'QUERY_TOO_COMPLEX']);
    expect(json.data).toBeUndefined();
  });

  test('does likewise on a socket, which lives on', async () => {
    const send = async (query: string) => {
      const id = `${limit} ${query.length}`;
      socket.send({ id, type: 'subscribe', payload: { ...named, query } });
      return socket.about(id);
    };
    expect(await send(fine)).toMatchObject({ type: 'next', payload: { data: {} } });
    expect(await send(tooMuch)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
    expect((await socket.ask('{viewer {scope}}')).data).toEqual({ viewer: { scope: 'ADMIN' } });
  });
});

test('sizes count as much in a variable as in the document, and through a fragment', async () => {
  const query = `query ($n: Int) {experiments(first: $n) {...A}} fragment A on ExperimentConnection {nodes {allocations(first: $n) {nodes {id version cause startedAt endedAt}}}}`;
  for (const ask of [(variables: object) => service.send(query, variables), (variables: object) => socket.ask(query, variables)]) {
    expect((await ask({ n: 10 })).errors).toBeUndefined();
    expect((await ask({ n: 100 })).errors?.[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
    // Out of range it is refused as that.
    expect((await ask({ n: 1_000_000 })).errors?.[0].extensions.code).toMatch(/INVALID_RANGE|QUERY_TOO_COMPLEX/);
  }
});
