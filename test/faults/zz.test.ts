import { afterAll, test } from 'vitest';
import { makeEnvironment } from '../setup/service.js';
import { killAll, startInstance } from './process.js';
afterAll(killAll);
test('x', async () => {
  const env = { ...(await makeEnvironment()), BELLWETHER_ROLE: 'api' };
  const a = await startInstance(env);
  console.log(a.startedInMs, a.url, a.log);
  const b = await startInstance(env);
  console.log(b.startedInMs, await (await fetch(`${b.url}/ready`)).json());
  console.log(await b.ask('{ viewer { name } }'));
});
