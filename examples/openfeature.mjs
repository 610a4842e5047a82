// Asks through OpenFeature's own SDK for servers, and counts what came of it.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=SERVER-KEY node openfeature.mjs
import { OpenFeature } from '@openfeature/server-sdk';
import { createServerProvider } from 'bellwether/openfeature-server';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key } = process.env;
await OpenFeature.setProviderAndWait(createServerProvider({ url, key }));
const client = OpenFeature.getClient();

for (const targetingKey of ['ann', 'bob', 'eve']) {
  const { value, variant, reason } = await client.getStringDetails('button-text', 'Buy', { targetingKey });
  console.log(`${targetingKey} reads "${value}": ${variant}, ${reason}`);
}
client.track('purchase', { targetingKey: 'ann' }, { value: 49.9 });
// Sends what waits.
await OpenFeature.close();
