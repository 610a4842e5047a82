import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultProxy } from './fault-proxy.js';
import { installClient } from './packed.js';
import { openShop, type Shop } from './shop.js';

/** The client package as its users have it: packed, installed into an empty folder, run by plain Node. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let shop: Shop;
/** A folder with nothing in it but the installed package. */
let folder: string;
let installed: string;
beforeAll(async () => {
  shop = await openShop();
  folder = await installClient();
  installed = join(folder, 'node_modules/bellwether');
}, 120_000);
afterAll(() => shop.service.remove());

describe('the client package', () => {
  test('has no dependencies', () => {
    const { dependencies, name } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect({ dependencies, name }).toEqual({ dependencies: undefined, name: 'bellwether' });
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/bellwether']);
  });

  test('has under 12 kB for a page, gzipped', () => {
    const bytes = gzipSync(readFileSync(join(installed, 'sdk.min.js')), { level: 9 }).length;
    console.log(`sdk.min.js: ${bytes} bytes gzipped`);
    expect(bytes).toBeLessThan(12_000);
  });

  test('leaves nothing in a bundle that the program does not use', async () => {
    const entry = join(folder, 'bundled.js');
    writeFileSync(entry, `export { createClient } from 'bellwether/sdk';`);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { write: false, modulePreload: false, rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' } },
    });
    const code = (built as { output: { code: string }[] }).output.map((chunk) => chunk.code).join('');
    const bytes = gzipSync(code, { level: 9 }).length;
    console.log(`a bundle of createClient: ${bytes} bytes gzipped`);
    expect(bytes).toBeLessThan(12_000);
    // Of what servers use there is neither a question nor a rule.
    expect(['AssignmentsUpdated', 'DefinitionsUpdated', 'has no operator'].map((word) => code.includes(word))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('has types that hold without those of Node', async () => {
    const program = `
      import { createClient, createLocalClient, type Answer, type Visitor } from 'bellwether/sdk';
      const client = createClient({ url: 'http://localhost', key: 'k', unit: { userId: 'u' }, storage: localStorage, webSocket: WebSocket, fetch });
      const variant: 'a' | 'b' = client.variant<'a' | 'b'>('checkout', 'a');
      const isNew: boolean = client.variant('checkout', 'control') === 'one-page';
      const visitor: Promise<Visitor> = createLocalClient({ url: '', key: '' }).visitor({ userId: 'u' });
      const answer: Answer = client.assignment('checkout');
      // @ts-expect-error a value is a number
      client.track('purchase', { value: 'much' });
      export { variant, isNew, visitor, answer };
    `;
    writeFileSync(join(folder, 'typed.ts'), program);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom', '--types', ''];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, ...options, 'typed.ts'], { cwd: folder });
  });
});

describe('a process that is told to end', () => {
  const program = (rest: string) => `
    import { createClient } from 'bellwether/sdk';
    const { BELLWETHER_URL: url, BELLWETHER_KEY: key, USER: userId } = process.env;
    const client = createClient({ url, key, unit: { userId } });
    await client.ready();
    client.variant('ended', 'control');
    client.track('purchase');
    ${rest}
    console.log('ready');
  `;

  async function ended(userId: string, rest = ''): Promise<{ code: number | null; signal: string | null; said: string[] }> {
    const env = { PATH: process.env.PATH, BELLWETHER_URL: shop.service.url, BELLWETHER_KEY: shop.service.secrets.client, USER: userId };
    const args = ['--input-type=module', '--eval', program(rest)];
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const said: string[] = [];
    const lines = createInterface(child.stdout).on('line', (line) => said.push(line));
    await once(lines, 'line');
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    return { code, signal, said };
  }

  test('sends what waits, and ends by the signal', async () => {
    const key = await shop.running({ key: 'ended' });
    expect(await ended('one')).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(await shop.counts(key)).toEqual({ exposures: 1, conversions: 1, events: 1 });
  });

  test('loses nothing that it keeps in files, though it is killed', async () => {
    const proxy = await startFaultProxy(() => Number(new URL(shop.service.url).port));
    try {
      const before = await shop.counts('ended');
      const env = {
        PATH: process.env.PATH,
        BELLWETHER_URL: proxy.url,
        BELLWETHER_KEY: shop.service.secrets.client,
        FOLDER: join(folder, 'kept'),
      };
      const started = (rest: string) => {
        const text = `
          import { createClient, createFileStorage } from 'bellwether/sdk';
          const { BELLWETHER_URL: url, BELLWETHER_KEY: key, FOLDER } = process.env;
          const client = createClient({ url, key, unit: { userId: 'killed' }, storage: createFileStorage(FOLDER) });
          console.log(await client.ready());
          ${rest}`;
        const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
      };
      const first = started(`
        client.variant('ended', 'control');
        for (let n = 0; n < 30; n += 1) client.track('purchase');
        console.log('tracked');`);
      expect([(await first.lines.next()).value, (await first.lines.next()).value]).toEqual(['SERVICE', 'tracked']);
      const gone = once(first.child, 'exit');
      first.child.kill('SIGKILL');
      await gone;
      // The next one starts while the service is away, from what it had, and sends when it is back.
      proxy.become('refuse');
      const second = started(`console.log(client.assignment('ended').reason); process.stdin.resume();`);
      expect([(await second.lines.next()).value, (await second.lines.next()).value]).toEqual(['STORAGE', 'SPLIT']);
      const counts = shop.service.subscribe('subscription { countsUpdated(experimentKeys: ["ended"]) { variants { events } } }');
      proxy.become('pass');
      for (let total = before.events; total < before.events + 30; ) {
        const { variants } = (await counts.next()).countsUpdated;
        total = variants.reduce((sum: number, { events }: { events: number }) => sum + events, 0);
      }
      expect(await shop.counts('ended')).toMatchObject({ exposures: before.exposures + 1, events: before.events + 30 });
      await counts.close();
      const over = once(second.child, 'exit');
      second.child.kill();
      await over;
      expect(readdirSync(join(folder, 'kept')).filter((name) => name.includes('event'))).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  test('leaves the end to a program that listens for the signal itself', async () => {
    const before = await shop.counts('ended');
    const rest = `process.on('SIGTERM', async () => { console.log(await client.close()); process.exit(7); });`;
    expect(await ended('two', rest)).toEqual({ code: 7, signal: null, said: ['ready', 'true'] });
    expect(await shop.counts('ended')).toMatchObject({ events: before.events + 1 });
  });
});
