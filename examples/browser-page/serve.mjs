// Serves the page beside it, which does the rest.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_CLIENT_KEY=CLIENT-KEY PORT=3000 node browser-page/serve.mjs
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { BELLWETHER_URL: url, BELLWETHER_CLIENT_KEY: key, PORT = '3000' } = process.env;
const read = (address) => readFileSync(new URL(address));

const files = {
  '/': ['text/html; charset=utf-8', read(new URL('index.html', import.meta.url))],
  '/sdk.min.js': ['text/javascript', read(import.meta.resolve('bellwether/sdk.min.js'))],
  '/settings.json': ['application/json', JSON.stringify({ url, key })],
};

const server = createServer((request, response) => {
  const file = files[request.url];
  if (!file) return response.writeHead(404).end();
  return response.setHeader('content-type', file[0]).end(file[1]);
});
server.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`));
