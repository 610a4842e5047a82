import { readFile } from 'node:fs/promises';
import { type ReadDefinitionFile, readDefinitionFile } from '../core/definition-file.js';
import { ExitCode } from './command.js';
import { stdinText } from './stdin.js';

/** @param file with JSON; `-` reads stdin @throws ExitCode naming the file, where it is no experiment */
export async function readExperimentFile(file: string): Promise<ReadDefinitionFile & { readonly ok: true }> {
  const text = file === '-' ? await stdinText() : await readFile(file, 'utf8');
  const read = readDefinitionFile(parse(file, text));
  if (!read.ok) throw new ExitCode(1, `${file}: ${read.fault}`);
  return read;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExitCode(1, `${file}: no JSON: ${(error as Error).message}`);
  }
}
