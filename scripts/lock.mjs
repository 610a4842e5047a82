/** One process at a time, over a file that names who holds it: the process and what it runs at the moment. Holders that died are replaced. */
import { appendFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * @param {string} file
 * @param {() => void} onWait called once when somebody else holds it
 * @returns {Promise<{ add: (pid: number) => void, release: () => void }>} `add` names a program that works under the lock: it may outlive us
 */
export async function holdLock(file, onWait) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${process.pid}\n`);
  try {
    for (let waited = false; !take(draft, file); waited = true) {
      if (!holdersOf(file).some(isAlive)) {
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
    if (holdersOf(file)[0] === process.pid) rmSync(file, { force: true });
  };
  // Also when a step calls process.exit or a signal ends us.
  process.once('exit', release);
  return { add: (pid) => appendFileSync(file, `${pid}\n`), release };
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

function holdersOf(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Ended, and nobody has asked how: in a container the first process often never does. */
function isZombie(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] === 'Z';
  } catch {
    return false;
  }
}
