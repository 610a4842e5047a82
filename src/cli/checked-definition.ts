import { readFileSync } from 'node:fs';
import { buildSchema, coerceInputValue, type GraphQLInputType } from 'graphql';
import { normalise } from '../core/definition.js';
import { checkDefinition } from '../core/definition-check.js';
import type { DefinitionInput } from '../core/definition-input.js';
import type { Definition } from '../core/experiment.js';
import { readSchedule } from '../schedule/schedules.js';
import { ExitCode } from './command.js';

/** Beside `src` and `dist` alike. */
const schemaPath = new URL('../../schema.graphql', import.meta.url);

/**
 * The definition that an input means, filled in and checked here as the service does: types and defaults by the schema, the rest by the rules.
 *
 * @param source  named before each fault
 * @throws ExitCode with a line for each thing that is wrong
 */
export function checkedDefinition(source: string, input: Readonly<Record<string, unknown>>): Definition {
  const schema = buildSchema(readFileSync(schemaPath, 'utf8'));
  const faults: string[] = [];
  const type = schema.getType('CreateExperimentInput') as GraphQLInputType;
  const filled = coerceInputValue(input, type, (path, _, { message }) => faults.push(line(path, message)));
  if (faults.length === 0) {
    for (const { path, message } of checkDefinition(filled as DefinitionInput, { readSchedule }).problems) faults.push(line(path, message));
  }
  if (faults.length > 0) throw new ExitCode(1, faults.map((fault) => `${source}: ${fault}`).join('\n'));
  // Simulated units are drawn, not hashed: any salt will do.
  return normalise(filled as DefinitionInput, { salt: 'simulation' });
}

function line(path: readonly (string | number)[], message: string): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
