/** A real nginx that runs `ops/nginx/nginx.conf`: from PATH, or fetched as the package of the system without installing it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchDebianPackage, librariesOf } from '../../src/embedded/debian-package.js';
import { freePort } from '../../src/embedded/ports.js';
import { packageDir } from '../setup/names.js';
import { makeDataFolder } from '../setup/stores.js';

const run = promisify(execFile);
const places = [...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'nginx')), '/usr/sbin/nginx', '/usr/local/sbin/nginx'];
const conf = readFileSync('ops/nginx/nginx.conf', 'utf8');

interface Program {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** null: there is none on this machine and none to be fetched, which is said loudly. */
async function findNginx(): Promise<Program | null> {
  const installed = places.find((place) => existsSync(place));
  if (installed) return { path: installed, env: {} };
  const tree = join(packageDir, 'nginx-package');
  const path = join(tree, 'usr/sbin/nginx');
  try {
    if (!existsSync(path)) await fetchDebianPackage({ names: ['nginx'], target: tree, env: process.env });
    return { path, env: { LD_LIBRARY_PATH: librariesOf(tree) } };
  } catch (error) {
    console.warn(`\n*** No nginx: its tests are LEFT OUT. Install it (apt-get install nginx-light). ${(error as Error).message} ***\n`);
    return null;
  }
}

export const nginx = await findNginx();

export interface RunningNginx {
  /** `https://localhost:PORT`; its certificate is in `certificate`. */
  readonly url: string;
  /** The same port without TLS. */
  readonly plainUrl: string;
  /** PEM. */
  readonly certificate: string;
  /** What it has logged of requests. */
  accessLog(): string;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** Ports of the instances. */
  readonly instances: readonly number[];
  /** Address of what stands in front, in place of 10.0.0.0/8. Default: that. */
  readonly firewall?: string;
}

/** Replaces something that must be there. */
function replaced(text: string, what: RegExp, by: string): string {
  if (!what.test(text)) throw new Error(`nginx.conf has no ${what}.`);
  return text.replace(what, by);
}

/** The file as it is, but for the addresses and folders of this machine. */
async function render(folder: string, { instances, firewall = '10.0.0.0/8' }: NginxOptions) {
  const [plain, secure] = [await freePort(null), await freePort(null)];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
  const servers = instances.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join('\n');
  writeFileSync(
    join(folder, 'instances.conf'),
    replaced(readFileSync('ops/nginx/instances.conf', 'utf8'), /(^server [^;]+;\n)+/m, `${servers}\n`),
  );
  let text = replaced(conf, /^http \{$/m, `http {\n${temporary}`);
  text = replaced(text, /\/var\/log\/nginx\/bellwether\.log bellwether .*;/, `${folder}/access.log bellwether;`);
  text = replaced(text, /listen 80;\n\s+listen \[::\]:80;/, `listen 127.0.0.1:${plain};`);
  text = replaced(text, /listen 443 ssl http2;\n\s+listen \[::\]:443 ssl http2;/, `listen 127.0.0.1:${secure} ssl http2;`);
  text = replaced(text, /set_real_ip_from 10\.0\.0\.0\/8;/, `set_real_ip_from ${firewall};`);
  text = replaced(text, /10\.0\.0\.0\/8 yes;/, `${firewall} yes;`);
  writeFileSync(join(folder, 'nginx.conf'), text);
  return { plain, secure };
}

async function makeCertificate(folder: string): Promise<string> {
  mkdirSync(join(folder, 'tls'));
  const [key, certificate] = [join(folder, 'tls/key.pem'), join(folder, 'tls/certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2', '-keyout', key, '-out', certificate];
  await run('openssl', ['req', '-x509', ...made, ...subject]);
  return readFileSync(certificate, 'utf8');
}

/** A stand-in for the table of the package, which a fetched one keeps elsewhere. */
function writeTypes(folder: string, { path }: Program): void {
  const table = [join(path, '../../../etc/nginx/mime.types'), '/etc/nginx/mime.types'].find((place) => existsSync(place));
  if (!table) throw new Error(`There is no mime.types beside ${path}.`);
  copyFileSync(table, join(folder, 'mime.types'));
}

async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(20);
  }
}

/** Checks the file with `nginx -t`, and serves with it. @throws with what nginx says against it */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const program = nginx as Program;
  const folder = makeDataFolder();
  const { plain, secure } = await render(folder, options);
  const certificate = await makeCertificate(folder);
  writeTypes(folder, program);
  // The worker runs as another user than root.
  chmodSync(folder, 0o777);
  const env = { PATH: process.env.PATH, ...program.env };
  const settings = `pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;`;
  const common = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log'), '-g'];
  await run(program.path, ['-t', ...common, settings], { env });
  const child: ChildProcess = spawn(program.path, [...common, `${settings} daemon off;`], { env, stdio: 'inherit' });
  const ended = once(child, 'exit');
  await Promise.race([
    accepts(secure),
    ended.then(([code]) => {
      throw new Error(`nginx ended with ${code}: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
    }),
  ]);
  return {
    url: `https://localhost:${secure}`,
    plainUrl: `http://localhost:${plain}`,
    certificate,
    accessLog: () => readFileSync(join(folder, 'access.log'), 'utf8'),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
