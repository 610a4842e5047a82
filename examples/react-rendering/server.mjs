// Renders React on a server in the variant that the visitor gets, as Next does, with nothing but Node: no flicker, no second question.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=SERVER-KEY BELLWETHER_CLIENT_KEY=CLIENT-KEY PORT=3000 node react-rendering/server.mjs
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createLocalClient } from 'bellwether/sdk';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { build } from 'vite';
import { Shop } from './shop.mjs';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key, BELLWETHER_CLIENT_KEY: clientKey, PORT = '3000' } = process.env;
const bellwether = createLocalClient({ url, key, onFault: (fault) => console.error(fault.code, fault.message) });

async function bundle() {
  const { output } = await build({
    root: fileURLToPath(new URL('.', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    build: { write: false, modulePreload: false, rolldownOptions: { input: 'browser.mjs', checks: { moduleLevelDirective: false } } },
  });
  return output[0].code;
}

const [script] = await Promise.all([bundle(), bellwether.ready()]);

// What is written into a script must not be able to end it.
const inScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

async function render(userId) {
  const client = await bellwether.visitor({ userId }, ['checkout']);
  const bootstrap = client.bootstrap();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Shop</title>
<link rel="icon" href="data:,">
<div id="root">${renderToString(createElement(Shop, { client, bootstrap }))}</div>
<script type="application/json" id="page">${inScript({ url, key: clientKey, bootstrap })}</script>
<script type="module" src="/browser.js"></script>
</html>
`;
}

const server = createServer(async (request, response) => {
  if (request.url === '/browser.js') return response.setHeader('content-type', 'text/javascript').end(script);
  if (request.url !== '/') return response.writeHead(404).end();
  const known = /(?:^|; )visitor=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const userId = known ?? randomUUID();
  if (!known) response.setHeader('set-cookie', `visitor=${userId}; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000`);
  // It is this visitor's page and nobody else's.
  response.setHeader('cache-control', 'private, no-store').setHeader('content-type', 'text/html; charset=utf-8');
  return response.end(await render(userId));
});
server.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`));
