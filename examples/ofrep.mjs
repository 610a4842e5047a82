// Asks by OpenFeature's remote evaluation protocol, with its stock provider: nothing of ours is installed.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=CLIENT-KEY node ofrep.mjs
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const { BELLWETHER_URL: baseUrl, BELLWETHER_KEY: key } = process.env;
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl, headers: [['authorization', `Bearer ${key}`]] }));

for (const targetingKey of ['ann', 'bob', 'eve']) {
  const { value, variant, reason } = await OpenFeature.getClient().getStringDetails('button-text', 'Buy', { targetingKey });
  console.log(`${targetingKey} reads "${value}": ${variant}, ${reason}`);
}
