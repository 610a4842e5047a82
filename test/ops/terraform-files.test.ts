import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environment } from '../../src/config.js';
import { readConfiguration, readValues } from './terraform/configuration.js';

/** ops/terraform as it is written: what holds of the files whether or not there is a Terraform. */

const folders = ['ops/terraform', 'ops/terraform/bootstrap'];
const textOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tf'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

describe.each(folders)('%s', (folder) => {
  test('says of every variable its type and meaning, and uses it', async () => {
    const { variable } = await readConfiguration(folder);
    const text = textOf(folder);
    for (const [name, [{ type, description }]] of Object.entries<[{ type?: string; description?: string }]>(variable)) {
      expect({ name, type, description }).toEqual({ name, type: expect.any(String), description: expect.stringMatching(/\.$/) });
      // Beside its own validation.
      const uses = text.replace(new RegExp(`^variable "${name}" \\{[\\s\\S]*?^\\}`, 'm'), '').match(new RegExp(`\\bvar\\.${name}\\b`, 'g'));
      expect({ name, uses: uses?.length ?? 0 }).toEqual({ name, uses: expect.toSatisfy((count: number) => count > 0) });
    }
  });

  test('says of every output what it is', async () => {
    const { output } = await readConfiguration(folder);
    for (const [{ description }] of Object.values<[{ description?: string }]>(output)) expect(description).toMatch(/\.$/);
  });

  test('holds no secret', () => {
    const text = textOf(folder);
    // A password or key is read from somewhere, never written down.
    expect(text).not.toMatch(/^\s*\w*(?:password|secret|token|key)\w*\s*=\s*"(?!\$\{)[^"\s]{8,}"/im);
    expect(text).not.toMatch(/AKIA[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY/);
  });
});

test('both sizes give every variable that has no default but those of the place', async () => {
  const { variable } = await readConfiguration('ops/terraform');
  const required = Object.entries<[object]>(variable).flatMap(([name, [said]]) => ('default' in said ? [] : [name]));
  const ofThePlace = ['region', 'environment', 'certificate_arn', 'image'];
  for (const size of ['small', 'large']) {
    const given = Object.keys(await readValues(`ops/terraform/${size}.tfvars`));
    expect(given.sort()).toEqual(required.filter((name) => !ofThePlace.includes(name)).sort());
  }
});

test('the page about AWS adds up, and tells of the classes that the sizes name', async () => {
  const lines = readFileSync('docs/aws.md', 'utf8').split('\n');
  const rows = lines.flatMap((line) => {
    const [, name, ...cells] = line.split('|').map((cell) => cell.replaceAll('*', '').trim());
    const isPriced = cells.length === 5 && /^[\d,]+$/.test(cells[1] ?? '');
    return isPriced ? [{ name, cells }] : [];
  });
  const amount = (text = '') => Number(text.replaceAll(',', ''));
  for (const [size, told, price] of [['small', 0, 1] as const, ['large', 2, 3] as const]) {
    const parts = rows.filter(({ name }) => name !== 'together').map(({ cells }) => amount(cells[price]));
    const together = amount(rows.find(({ name }) => name === 'together')?.cells[price]);
    const sum = parts.reduce((total, part) => total + part, 0);
    // Rounded, as prices are.
    expect(Math.abs(sum - together)).toBeLessThan(together / 100);
    const { postgres_class, postgres_replica_class, valkey_node_types } = await readValues(`ops/terraform/${size}.tfvars`);
    const words = rows.map(({ cells }) => cells[told]).join('\n');
    for (const name of [postgres_class, postgres_replica_class, ...Object.values<string>(valkey_node_types)]) expect(words).toContain(name);
  }
});

test('tasks get variables that the service knows', async () => {
  const { locals } = await readConfiguration('ops/terraform');
  const all = Object.assign({}, ...locals);
  const known = environment.map(([name]) => name);
  const given = [all.secrets, all.environment, all.own_environment.api].flatMap((variables) => Object.keys(variables));
  // For Node itself.
  const others = given.filter((name) => !known.includes(name));
  expect(others.sort()).toEqual(['TMPDIR']);
});

describe('the container that fetches certificates', () => {
  /** Its exit code, and what it has written. */
  async function fetched(status: number, body: string): Promise<{ readonly code: number | null; readonly written: string | null }> {
    const folder = mkdtempSync(join(tmpdir(), 'bellwether-certificates-'));
    const server = createServer((_, response) => response.writeHead(status).end(body));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const env = {
      CERTIFICATES_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bundle.pem`,
      CERTIFICATES_FILE: join(folder, 'rds.pem'),
    };
    // As the task has it.
    const script = readFileSync('ops/terraform/certificates.mjs', 'utf8');
    try {
      const code = await new Promise<number | null>((done) => {
        spawn(process.execPath, ['--input-type=module', '--eval', script], { env, stdio: 'ignore' }).on('close', done);
      });
      const [file] = readdirSync(folder);
      return { code, written: file === undefined ? null : readFileSync(join(folder, file), 'utf8') };
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  }

  test('writes them where the service reads them', async () => {
    const certificates = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n';
    expect(await fetched(200, certificates)).toEqual({ code: 0, written: certificates });
  });

  test.each([
    [503, '-----BEGIN CERTIFICATE-----'],
    [200, '<html>Moved</html>'],
  ])('fails on status %d with "%s", so that the task is tried again', async (status, body) => {
    expect(await fetched(status, body)).toEqual({ code: 1, written: null });
  });
});
