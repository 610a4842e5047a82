import { afterAll, test } from 'vitest';
import { makeEnvironment } from '../setup/service.js';
import { startOwnStores } from './own-stores.js';
import { killAll, startInstance } from './process.js';
import { abTest, assignment, createExperiment, startExperiment } from './operations.js';
afterAll(killAll);
test('x', async () => {
  const stores = await startOwnStores();
  const env = await makeEnvironment({ ...stores.urls, BELLWETHER_ROLE: 'all' });
  const a = await startInstance(env);
  await a.ask(createExperiment, { input: abTest('k') });
  await a.ask(startExperiment, { key: 'k' });
  await a.ask(assignment, { key: 'k', unit: { userId: 'u' } }, 'CLIENT');
  await new Promise((r) => setTimeout(r, 1000));
  await stores.freeze();
  await a.kill();
  const second = await startInstance({ ...env, BELLWETHER_ROLE: 'all' });
  console.log('start while frozen', second.startedInMs, second.log.map((l) => l.slice(0, 200)).join('\n'));
  console.log(await second.send(assignment, { key: 'k', unit: { userId: 'u' } }, 'CLIENT'), await (await fetch(second.url + '/ready')).json());
  stores.thaw();
  const from = Date.now();
  for (;;) { const r = await (await fetch(second.url + '/ready')).json() as any; if (r.definitionsFrom === 'stores') break; await new Promise((x) => setTimeout(x, 20)); }
  console.log('recovered in', Date.now() - from);
  await new Promise((r) => setTimeout(r, 3000));
  console.log(second.log.map((l) => l.slice(0, 300)).slice(-12).join('\n'));
  await second.kill();
  await stores.remove();
}, 80_000);
