import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** ops/terraform/migrate.sh, with commands in the place of `terraform` and `aws` that write down how they are called. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(name: string, script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`);
  chmodSync(file, 0o755);
}

interface Cloud {
  /** What starting the task answers. */
  readonly task?: string;
  /** Waits that give up before one sees the end. */
  readonly vainWaits?: number;
  /** Exit code of the migration, as the command prints it. */
  readonly code?: string;
}

async function migrate({ task = 'arn:aws:ecs:task/1', vainWaits = 0, code = '0' }: Cloud) {
  command('terraform', 'echo "the-$3"');
  command(
    'aws',
    `case "$2 $*" in
      run-task*) echo '${task}' ;;
      wait*) [ "$(grep -c 'aws ecs wait' ${folder}/calls)" -gt ${vainWaits} ] ;;
      *exitCode*) echo '${code}' ;;
      *) echo 'Essential container in task exited' ;;
    esac`,
  );
  const child = spawn(resolve('ops/terraform/migrate.sh'), { env: { PATH: `${folder}:${process.env.PATH}` } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const exit = await new Promise<number | null>((done) => child.on('close', done));
  return { exit, said, calls: readFileSync(join(folder, 'calls'), 'utf8') };
}

test('runs the task that Terraform has made, waits for its end and tells that it went well', async () => {
  const { exit, said, calls } = await migrate({});
  expect({ exit, said }).toEqual({ exit: 0, said: 'Migrating: arn:aws:ecs:task/1\nMigrated.\n' });
  expect(calls).toContain(
    '--cluster the-cluster --launch-type FARGATE --task-definition the-migrate_task --network-configuration the-migrate_network',
  );
  expect(calls.indexOf('ecs wait tasks-stopped --cluster the-cluster --tasks arn:aws:ecs:task/1')).toBeLessThan(
    calls.indexOf('describe-tasks'),
  );
});

test('waits on when one wait is not enough, for an hour at most', async () => {
  const patient = await migrate({ vainWaits: 5 });
  expect(patient.exit).toBe(0);
  rmSync(join(folder, 'calls'));
  const over = await migrate({ vainWaits: 6 });
  expect(over).toMatchObject({ exit: 1, said: expect.stringContaining('It still runs after an hour') });
});

test.each(['1', 'None'])('fails when the migration ended with code %s, and says why', async (code) => {
  const { exit, said } = await migrate({ code });
  expect(exit).toBe(1);
  expect(said).toContain(`The migration failed with code ${code}: Essential container in task exited`);
});

test('fails when no task could be started', async () => {
  const { exit, said } = await migrate({ task: 'None' });
  expect({ exit, said }).toEqual({ exit: 1, said: 'No task was started: None\n' });
});
