// A service in Express: each visitor gets a variant, and what they do is counted.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=SERVER-KEY PORT=3000 node express-service.mjs
//   curl http://localhost:3000/checkout -H 'x-user-id: ann'
//   curl http://localhost:3000/orders -H 'x-user-id: ann' -X POST
import { bellwether } from 'bellwether/express';
import { createLocalClient } from 'bellwether/sdk';
import express from 'express';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key, PORT = '3000' } = process.env;
const client = createLocalClient({ url, key, onFault: (fault) => console.error(fault.code, fault.message) });
await client.ready();

const app = express();
app.use(bellwether({ client, experimentKey: 'checkout' }));

app.get('/checkout', (request, response) => {
  response.json({ layout: request.bellwether.variant('checkout', 'control') });
});
app.post('/orders', (request, response) => {
  response.status(201).json({ counted: request.bellwether.emit('purchase', 49.9) });
});

const server = app.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`));
process.on('SIGTERM', () => {
  server.close();
  // The last events go out before the end.
  void client.close();
});
