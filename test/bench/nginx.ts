/** A plain nginx in front of instances, without TLS, to see what a balancer adds and that instances share the load. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetchDebianPackage, librariesOf } from '../../src/embedded/debian-package.js';
import { freePort } from '../../src/embedded/ports.js';
import { packageDir } from '../setup/names.js';
import type { Launched } from './launch.js';
import { pin } from './launch.js';

const installed = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'];

export interface Nginx {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** That of the system, else its package, fetched and not installed. @throws when there is neither */
export async function findNginx(): Promise<Nginx> {
  const own = installed.find((path) => existsSync(path));
  if (own) return { path: own, env: {} };
  const tree = join(packageDir, 'nginx-package');
  const path = join(tree, 'usr/sbin/nginx');
  if (!existsSync(path)) await fetchDebianPackage({ names: ['nginx'], target: tree, env: process.env });
  return { path, env: { LD_LIBRARY_PATH: librariesOf(tree) } };
}

function configuration(folder: string, port: number, urls: readonly string[]): string {
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  return `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
    events { worker_connections 1024; }
    http {
      access_log off; ${kept}
      upstream instances { ${urls.map((url) => `server ${new URL(url).host};`).join(' ')} keepalive 64; }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://instances; proxy_http_version 1.1; proxy_set_header Connection ""; keepalive_requests 1000000; }
      }
    }`;
}

/** @param urls of the instances, which take turns. @param cores as `taskset -c` reads them */
export async function launchNginx({ path, env }: Nginx, urls: readonly string[], cores: string): Promise<Launched> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwether-bench-nginx-'));
  // The worker runs as another user than root.
  chmodSync(folder, 0o777);
  const port = await freePort(null);
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, urls));
  const child: ChildProcess = spawn(path, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: 'inherit',
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/health`)
      .then((answer) => answer.ok)
      .catch(() => false);
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`);
    await delay(20);
  }
  pin(child.pid ?? 0, cores);
  return {
    pid: child.pid ?? 0,
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
