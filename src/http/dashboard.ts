import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import serveFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Addresses that the dashboard's one page answers; it draws each by itself. */
const pages = ['/', '/new-experiment', '/experiments/:key', '/experiments/:key/edit'];

/** What the build puts where the page's nonce belongs. */
const noncePlace = '{{nonce}}';

/** The folder that `npm run dashboard` builds; null while it has not been built. */
export function builtDashboard(): string | null {
  const folder = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url));
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

/**
 * What the page may do: run our scripts, speak to this server, and nothing else. Styles that scripts add, as component libraries do, are
 * let in by a nonce that is new with each page.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Serves the dashboard at `/`. Its files carry their content's hash in their names, so they are kept for good; the page is asked for each time. */
export function registerDashboard(app: FastifyInstance, folder: string): void {
  async function page(_: unknown, reply: FastifyReply) {
    const nonce = randomBytes(16).toString('base64');
    // Read each time: it names the files of the latest build.
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .send(html.replaceAll(noncePlace, nonce));
  }
  for (const url of pages) app.get(url, page);
  app.register(async (files) => {
    // A cache between must not give what is compressed to whoever cannot read it.
    files.addHook('onSend', async (_, reply) => void reply.header('vary', 'origin, accept-encoding'));
    files.register(serveFiles, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
    });
  });
}
