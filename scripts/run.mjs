/** Runs a program to its end and keeps its output for the case that it fails. */
import { spawn } from 'node:child_process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @throws with the whole output when it fails; a signal to us ends the program and then us
 */
export function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that one signal reaches all that npm starts in turn.
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const pass = (signal) => {
      try {
        process.kill(-child.pid, signal === 'SIGHUP' ? 'SIGTERM' : signal);
      } catch {
        // It is gone.
      }
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    const forget = () => {
      for (const signal of signals) process.removeListener(signal, pass);
    };
    for (const signal of signals) process.on(signal, pass);
    child.on('error', (error) => {
      forget();
      reject(new Error(`${command} cannot be run: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      forget();
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...args].join(' ')} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`));
    });
  });
}
