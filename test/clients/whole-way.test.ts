import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { clientsFolder, expectWholeWay, testMs } from './program.js';

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.remove());

test.each(['apollo-client', 'urql', 'graphql-request'])(
  '%s goes the whole way of an experiment',
  (name) => expectWholeWay(service, join(clientsFolder, `${name}.mjs`), `by-${name}`),
  testMs,
);
