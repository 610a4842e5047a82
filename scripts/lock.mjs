/** One process at a time, over a file that names who holds it. A holder that died is replaced. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * @param {string} file
 * @param {() => void} onWait called once when somebody else holds it
 * @returns {Promise<{ release: () => void }>}
 */
export async function holdLock(file, onWait) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (let waited = false; !take(draft, file); waited = true) {
      if (!isAlive(holderOf(file))) {
        rmSync(file, { force: true });
        continue;
      }
      if (!waited) onWait();
      await delay(200);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const release = () => {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  };
  // Also when a step calls process.exit or a signal ends us.
  process.once('exit', release);
  return { release };
}

/** link() fails when the file is there, so of several one gets it. */
function take(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
