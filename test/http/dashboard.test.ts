import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerDashboard } from '../../src/http/dashboard.js';

let app: FastifyInstance;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-dashboard-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<script nonce="{{nonce}}" src="/assets/a-1.js"></script><meta nonce="{{nonce}}">');
  writeFileSync(join(folder, 'assets/a-1.js'), 'export {};');
  writeFileSync(join(folder, 'assets/a-1.js.br'), brotliCompressSync('export {};'));
  writeFileSync(join(folder, 'secret.txt'), 'not for anybody');
  app = Fastify();
  registerDashboard(app, folder);
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string) => app.inject({ method: 'GET', url });

test.each(['/', '/new-experiment', '/experiments/some.key', '/experiments/some.key/edit', '/?status=RUNNING'])(
  'answers %s with the page',
  async (url) => {
    const page = await get(url);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['cache-control']).toBe('no-store');
  },
);

test('lets in its own files and one new nonce with each page, nothing inline and no other host', async () => {
  const [first, second] = [await get('/'), await get('/')];
  const nonces = [first, second].map(({ body }) => [...body.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce));
  expect(new Set(nonces[0]).size).toBe(1);
  expect(nonces[0]?.[0]).not.toBe(nonces[1]?.[0]);
  const policy = String(first.headers['content-security-policy']);
  expect(policy).toContain(`style-src 'self' 'nonce-${nonces[0]?.[0]}'`);
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
});

test('its files are kept for good, as their names change with their content', async () => {
  const file = await get('/assets/a-1.js');
  expect(file.statusCode).toBe(200);
  expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(file.headers['content-type']).toMatch(/javascript/);
});

test('its files go compressed to whoever takes them so', async () => {
  const file = await app.inject({ method: 'GET', url: '/assets/a-1.js', headers: { 'accept-encoding': 'gzip, br' } });
  expect(file.headers['content-encoding']).toBe('br');
  expect(file.headers.vary).toContain('accept-encoding');
  expect(file.headers['content-type']).toMatch(/javascript/);
  expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(brotliDecompressSync(file.rawPayload).toString()).toBe('export {};');
  expect((await get('/assets/a-1.js')).body).toBe('export {};');
});

test.each(['/assets/a-2.js', '/assets/../secret.txt', '/assets/..%2fsecret.txt', '/assets/', '/nowhere', '/experiments'])(
  'has nothing at %s',
  async (url) => {
    expect((await get(url)).statusCode).toBeGreaterThanOrEqual(400);
  },
);
