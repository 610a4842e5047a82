/** Runs a program to its end and keeps its output for the case that it fails. */
import { spawn } from 'node:child_process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {(pid: number) => void} [onStart] gets the program's pid
 * @throws with the whole output when it fails; a signal to us ends the program and then us
 */
export function run(command, args, cwd, onStart) {
  return new Promise((resolve, reject) => {
    // In our group: what kills that, kills it too.
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid) onStart?.(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const pass = (signal) => {
      // Not politely: npm would go on installing. What is half done is begun anew at the next start.
      child.kill('SIGKILL');
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
