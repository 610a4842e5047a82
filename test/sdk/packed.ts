import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeDataFolder } from '../setup/stores.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Builds, packs and installs the client package. @returns a folder with nothing in it but the installed package; it goes with the run */
export async function installClient(): Promise<string> {
  const work = makeDataFolder();
  const built = join(work, 'built');
  await run(process.execPath, ['scripts/build-client.mjs', built], { cwd: root });
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: built });
  const folder = join(work, 'shop');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  // Offline: what the package needs is in it.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(work, stdout.trim())], { cwd: folder });
  return folder;
}
