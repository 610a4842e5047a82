// Lets four hundred people in, counts what they buy, and waits until the service has judged them.
//
//   BELLWETHER_URL=http://localhost:4000 BELLWETHER_KEY=READ-KEY node script.mjs
import { createLocalClient } from 'bellwether/sdk';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { BELLWETHER_URL: url, BELLWETHER_KEY: key } = process.env;
const bellwether = createLocalClient({ url, key, webSocket: WebSocket, onFault: (fault) => console.error(fault.code, fault.message) });
await bellwether.ready();

// Others than those of the last time.
const run = Date.now().toString(36);
for (let n = 0; n < 400; n += 1) {
  const visitor = await bellwether.visitor({ userId: `${run}-${n}` });
  const variant = visitor.variant('checkout', 'control');
  if (n < 3) console.log(`${n} gets ${variant}: ${visitor.assignment('checkout').reason}`);
  if (n % (variant === 'one-page' ? 3 : 4) === 0) visitor.track('purchase', { value: 49.9 });
}
// True when the service has all of it.
console.log(`all counted: ${await bellwether.close()}`);
const countedAt = Date.now();

const socket = createClient({
  url: `${url.replace(/^http/, 'ws')}/graphql`,
  connectionParams: { authorization: `Bearer ${key}` },
  webSocketImpl: WebSocket,
});
const query = `subscription {
  resultsUpdated(experimentKey: "checkout") {
    at
    decision
    comparisons(role: PRIMARY) { variant effect interval { lower upper } unknownReason }
  }
}`;
const points = (share) => `${(share * 100).toFixed(1)} points`;
for await (const { data } of socket.iterate({ query })) {
  const { at, decision, comparisons } = data.resultsUpdated;
  // The first may be of a time before all of them were counted; a new one comes every five seconds.
  if (Date.parse(at) < countedAt) continue;
  const [{ variant, effect, interval, unknownReason }] = comparisons;
  const difference = interval ? `${points(effect)}, between ${points(interval.lower)} and ${points(interval.upper)}` : unknownReason;
  console.log(`${variant} against the control: ${difference}; ${decision}`);
  break;
}
await socket.dispose();
