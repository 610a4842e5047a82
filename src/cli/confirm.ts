import { createInterface } from 'node:readline/promises';
import { ExitCode, UsageError } from './command.js';

/** Goes on only after a yes. @param otherwise what to say where nobody can be asked. @throws ExitCode after a no; UsageError where nobody can be asked */
export async function confirm(question: string, otherwise: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError(`Nobody can be asked here; ${otherwise}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new ExitCode(1, 'Nothing was changed.');
}
