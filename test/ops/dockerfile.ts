/** Reads the Dockerfile and .dockerignore as far as this repository uses their languages. */
import { readFileSync } from 'node:fs';

export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** What follows it, continued lines joined, without its flags. */
  readonly text: string;
  /** `--from=build` as ['from', 'build']. */
  readonly flags: ReadonlyMap<string, string>;
}

export interface Stage {
  /** Name, or its number. */
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

function readInstruction(line: string): Instruction {
  const [name = '', ...words] = line.split(/\s+/);
  const flags = new Map<string, string>();
  // The flags of a HEALTHCHECK stand before its CMD, which has its own.
  while (words[0]?.startsWith('--')) {
    const [flag = '', value = ''] = (words.shift() ?? '').slice(2).split(/=(.*)/s, 2);
    flags.set(flag, value);
  }
  return { name: name.toUpperCase(), text: line.slice(line.length - words.join(' ').length), flags };
}

/** @param text of a Dockerfile without heredocs and build arguments */
export function readDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n');
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of lines.map(readInstruction)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = String(stages.length)] = instruction.text.split(/\s+/);
      stages.push({ name, base, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** The words of an instruction in exec form. @throws for the form of the shell */
export function execForm(text: string): readonly string[] {
  return JSON.parse(text) as string[];
}

/** Sources of a COPY, and where they go. */
export function copyOf({ text }: Instruction): { readonly sources: readonly string[]; readonly target: string } {
  const words = text.split(/\s+/);
  return { sources: words.slice(0, -1), target: words.at(-1) ?? '' };
}

/**
 * Whether .dockerignore lets a path of the repository into the build: the last rule that names it, or a folder above it, decides.
 *
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function createContextRule(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ admits: line.startsWith('!'), pattern: line.replace(/^!/, '').trim() }));
  const names = (pattern: string, path: string) => pattern === '*' || path === pattern || path.startsWith(`${pattern}/`);
  return (path) => rules.findLast(({ pattern }) => names(pattern, path))?.admits ?? true;
}

export const dockerfile = readDockerfile(readFileSync('Dockerfile', 'utf8'));
export const isInContext = createContextRule(readFileSync('.dockerignore', 'utf8'));

/** The image that runs. */
export const image = dockerfile.at(-1) as Stage;
