/**
 * `npm run image:check`: makes what the image would hold, without an engine, and runs its three commands on stores of their own: migrations,
 * an API and a worker, until its own health check finds them ready; an event is counted, and both end when they are told to.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/embedded/ports.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startRedis } from '../../src/embedded/redis.js';
import { abTest, createExperiment, startExperiment, trackEvents } from '../faults/operations.js';
import { packageDir } from '../setup/names.js';
import { execForm, image } from './dockerfile.js';
import { followDockerfile } from './image-steps.js';

const say = (line: string) => console.log(line);
const log = { info: () => {}, warn: () => {}, error: () => {} };
const textOf = (name: string) => image.instructions.find((instruction) => instruction.name === name)?.text ?? '';
const [program = '', ...entry] = execForm(textOf('ENTRYPOINT'));
const [checker = '', ...check] = execForm(textOf('HEALTHCHECK').replace(/^CMD /, ''));
const key = 'k'.repeat(64);

function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`Not so: ${what}`);
  say(`ok: ${what}`);
}

const sizeOf = (path: string) => execFileSync('du', ['-sm', path], { encoding: 'utf8' }).split('\t')[0];

const folder = mkdtempSync(join(tmpdir(), 'bellwether-image-'));
// As root the stores run as another user, who must be able to enter.
chmodSync(folder, 0o755);
const closers: (() => Promise<unknown>)[] = [];
try {
  mkdirSync(join(folder, 'stages'));
  const made = await followDockerfile(join(folder, 'stages'), say);
  say(`The image adds ${sizeOf(made.root)} MB to ${image.base}, ${sizeOf(join(made.workdir, 'node_modules'))} MB of them packages.`);

  const dataDir = join(folder, 'stores');
  mkdirSync(dataDir);
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir, log }),
    startRedis({ dataDir, packageDir, env: process.env, log }),
  ]);
  closers.push(
    () => postgres.stop(),
    () => redis.stop(),
  );
  writeFileSync(join(folder, 'admin_key'), `${key}\n`);
  const env = {
    PATH: process.env.PATH,
    ...made.env,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    BELLWETHER_ADMIN_KEY_FILE: join(folder, 'admin_key'),
  };

  for (const outcome of ['Applied', 'up to date']) {
    const { status, stdout } = spawnSync(program, [...entry, 'migrate'], { cwd: made.workdir, env, encoding: 'utf8' });
    expectThat(status === 0 && stdout.includes(outcome), `migrate ends well: ${outcome}`);
  }

  const ports: Record<string, number> = { api: await freePort(null), worker: await freePort(null) };
  const running = Object.entries(ports).map(([role, port]) => {
    const child = spawn(program, [...entry, role], {
      cwd: made.workdir,
      env: { ...env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'exit');
    closers.push(async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    });
    return { role, port, child, ended };
  });
  for (const { role, port, child } of running) {
    const isReady = () => spawnSync(checker, check, { env: { ...env, PORT: String(port) } }).status === 0;
    while (!isReady()) {
      if (child.exitCode !== null) throw new Error(`${role} ended with ${child.exitCode}.`);
      await delay(200);
    }
    say(`ok: the health check finds ${role} ready`);
  }

  const ask = async (query: string, variables: object) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const body = JSON.stringify({ query, variables });
    return (await fetch(`http://127.0.0.1:${ports.api}/graphql`, { method: 'POST', headers, body })).json();
  };
  await ask(createExperiment, { input: abTest('shown') });
  await ask(startExperiment, { key: 'shown' });
  const event = { eventId: 'e', metric: 'bought', unit: { userId: 'u' }, occurredAt: new Date().toISOString() };
  const { data } = await ask(trackEvents, { input: { events: [event] } });
  expectThat(data?.trackEvents.accepted === 1, 'an event is counted');
  const page = await fetch(`http://127.0.0.1:${ports.api}/`);
  expectThat(page.ok && (await page.text()).includes('<script'), 'the dashboard is there');

  for (const { role, child, ended } of running) {
    child.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    expectThat(code === 0, `${role} ends well on SIGTERM`);
  }
} finally {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
}
