import { execFile } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { makeDataFolder } from '../setup/stores.js';
import { generateTypes } from './codegen.js';
import { clientsFolder, expectWholeWay, testMs } from './program.js';

/** Programs whose types and documents are compiled from schema.graphql. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let service: RunningService;
/** A copy of what is needed of the checkout: compilers write beside their sources, and Relay's tells git of it. */
let folder: string;
beforeAll(async () => {
  service = await startService();
  folder = makeDataFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(root, 'schema.graphql'), join(folder, 'schema.graphql'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const filter = (path: string) => !/\/(__generated__|gql|dist)$/.test(path);
  cpSync(clientsFolder, join(folder, 'examples/clients'), { recursive: true, filter });
});
afterAll(() => service.remove());

/** Runs a program of node_modules in the folder of an example; it must find nothing to say. */
async function expectSilence(program: string, args: string[], name: string): Promise<void> {
  const cwd = join(folder, 'examples/clients', name);
  const { stdout } = await run(process.execPath, [join(root, 'node_modules', program), ...args], { cwd }).catch((failed) => failed);
  expect(stdout).toBe('');
}

test('a program with the types of graphql-codegen compiles strictly and goes the whole way', { timeout: testMs }, async () => {
  await generateTypes(join(folder, 'examples/clients/codegen'));
  await expectSilence('typescript/bin/tsc', ['-p', '.'], 'codegen');
  await expectWholeWay(service, join(folder, 'examples/clients/codegen/dist/codegen/src/way.js'), 'by-codegen');
});

test('a program with the documents of relay-compiler compiles strictly, loads pages and goes the whole way', {
  timeout: testMs,
}, async () => {
  const relay = join(folder, 'examples/clients/relay');
  await run(process.execPath, [join(root, 'node_modules/relay-compiler/cli.js'), 'relay.config.json'], { cwd: relay });
  await expectSilence('typescript/bin/tsc', ['-p', '.'], 'relay');
  await expectSilence('vite/bin/vite.js', ['build'], 'relay');
  await expectWholeWay(service, join(relay, 'dist/way.js'), 'by-relay', ['allocations: 3 MANUAL, 2 MANUAL, 1 START']);
});
