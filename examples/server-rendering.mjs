// Renders a page on a server, in the variant that the visitor gets, and lets the page go on with it: no flicker, no second question.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=SERVER-KEY BELLWETHER_CLIENT_KEY=CLIENT-KEY PORT=3000 node server-rendering.mjs
//   then open http://localhost:3000/?user=ann, and as others
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createLocalClient } from 'bellwether/sdk';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key, BELLWETHER_CLIENT_KEY: clientKey, PORT = '3000' } = process.env;
const bellwether = createLocalClient({ url, key, onFault: (fault) => console.error(fault.code, fault.message) });
await bellwether.ready();

const library = readFileSync(fileURLToPath(import.meta.resolve('bellwether/sdk.min.js')));

// What is written into a script must not be able to end it.
const inScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

function page(visitor) {
  // Looking records nothing: the page does when it shows the variant.
  const variant = visitor.assignment('checkout').variant ?? 'control';
  return `<!doctype html>
<title>Shop</title>
<link rel="icon" href="data:,">
<h1 data-variant="${variant}">${variant === 'control' ? 'Your basket' : 'Buy it all in one step'}</h1>
<button>Buy</button>
<script type="module">
  import { createClient } from '/sdk.min.js';
  const client = createClient({ url: ${inScript(url)}, key: ${inScript(clientKey)}, bootstrap: ${inScript(visitor.bootstrap())} });
  await client.ready();
  document.body.dataset.shown = client.variant('checkout', 'control');
  document.querySelector('button').addEventListener('click', () => client.track('purchase', { value: 49.9 }));
</script>
`;
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/sdk.min.js') return response.setHeader('content-type', 'text/javascript').end(library);
  if (pathname !== '/') return response.writeHead(404).end();
  const visitor = await bellwether.visitor({ userId: searchParams.get('user') ?? 'nobody' });
  return response.setHeader('content-type', 'text/html; charset=utf-8').end(page(visitor));
});
server.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`));
