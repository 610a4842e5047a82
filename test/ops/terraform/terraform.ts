import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { startProvider } from './provider.js';

/** Terraform itself, on a copy of a folder: without the cloud, and without anything fetched. */

const run = promisify(execFile);

/** Whether this machine has it. */
export const hasTerraform = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'terraform')));

export interface PlannedResource {
  /** `aws_subnet.public["0"]` */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  /** Members that are known before anything is applied. */
  // biome-ignore lint/suspicious/noExplicitAny: of any shape, which tests look into
  readonly values: any;
}

export interface Planned {
  readonly resources: readonly PlannedResource[];
  /** Everything that a plan says, as text. */
  readonly text: string;
}

export type Terraform = Awaited<ReturnType<typeof openTerraform>>;

/** @param folder with a configuration, relative to the repository */
export async function openTerraform(folder: string) {
  const provider = await startProvider();
  const copy = mkdtempSync(join(tmpdir(), 'bellwether-terraform-'));
  // Without what was left by a Terraform that had the provider itself.
  cpSync(folder, copy, { recursive: true, filter: (path) => !basename(path).startsWith('.terraform') });
  // The state of a try lies beside it.
  writeFileSync(join(copy, 'try_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  const env = { PATH: process.env.PATH, HOME: copy, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', ...provider.env };
  /** @throws with what Terraform said */
  const terraform = async (...args: string[]): Promise<string> => {
    try {
      return (await run('terraform', args, { cwd: copy, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`terraform ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
    }
  };
  await terraform('init', '-no-color', '-input=false');
  return {
    /** @throws naming files that are not laid out as Terraform would */
    checkFormat: () => terraform('fmt', '-check', '-recursive', '-diff', '-no-color'),

    /** @throws naming everything wrong */
    validate: () => terraform('validate', '-no-color'),

    /** What would be made with these values of variables, from nothing. @param sizes a file of variables, in the folder or by its whole path */
    async plan(variables: Readonly<Record<string, string>>, sizes: string | null = null): Promise<Planned> {
      const given = Object.entries(variables).map(([name, value]) => `-var=${name}=${value}`);
      await terraform('plan', '-no-color', '-input=false', '-out=plan', ...(sizes ? [`-var-file=${sizes}`] : []), ...given);
      const text = await terraform('show', '-json', 'plan');
      const { resources = [] } = (JSON.parse(text) as { planned_values: { root_module: { resources?: PlannedResource[] } } }).planned_values
        .root_module;
      return { resources, text };
    },

    close() {
      provider.stop();
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
