// Lets three people in, shows them what they get, and counts one purchase.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=... node script.mjs
import { createClient } from 'bellwether/sdk';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key } = process.env;
const client = createClient({ url, key, unit: { userId: 'ann' }, onFault: (fault) => console.error(fault.code, fault.message) });
await client.ready();

for (const userId of ['ann', 'bob', 'eve']) {
  await client.setUnit({ userId });
  const variant = client.variant('checkout', 'control');
  console.log(`${userId} gets ${variant}: ${client.assignment('checkout').reason}`);
}
client.track('purchase', { value: 49.9 });

// True when the service has all of it.
console.log(`all counted: ${await client.close()}`);
