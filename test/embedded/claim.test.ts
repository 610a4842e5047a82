import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimFolder } from '../../src/embedded/claim.js';
import { lookUp } from '../../src/embedded/process-table.js';
import { removeDataFolder } from '../setup/left-overs.js';
import { makeDataFolder } from '../setup/stores.js';

let dataDir: string;
beforeEach(() => {
  dataDir = makeDataFolder();
});
afterEach(() => removeDataFolder(dataDir));

test('refuses a folder that a living process holds, naming it', () => {
  const parent = { pid: process.ppid, startedAt: lookUp(process.ppid)?.startedAt };
  writeFileSync(join(dataDir, 'owner.json'), JSON.stringify(parent));
  expect(() => claimFolder(dataDir)).toThrow(`in use by process ${process.ppid}`);
});

test('takes over from a process that is gone, also when its pid lives on in another program', () => {
  writeFileSync(join(dataDir, 'owner.json'), JSON.stringify({ pid: process.ppid, startedAt: 'long ago' }));
  claimFolder(dataDir).release();
});

test('can be taken again once it is released', () => {
  claimFolder(dataDir).release();
  claimFolder(dataDir).release();
});
