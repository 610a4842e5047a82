#!/usr/bin/env node
/**
 * The command line: speaks GraphQL to a running service.
 * Exit codes: 0 done, 1 a fault or a refusal, 2 called wrongly, 3 a check found something, 130 interrupted.
 */
import { Command, CommanderError } from 'commander';
import { ExitCode } from './command.js';
import { addApplyCommand } from './commands/apply.js';
import { addAssignCommand } from './commands/assign.js';
import { addAuditCommand } from './commands/audit.js';
import { addCheckCommand } from './commands/check.js';
import { addCompletionCommand } from './commands/completion.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addExperimentCommands } from './commands/experiments.js';
import { addForgetCommand } from './commands/forget.js';
import { addKeyCommands } from './commands/keys.js';
import { addLifecycleCommands } from './commands/lifecycle.js';
import { addPowerCommand } from './commands/power.js';
import { addReportCommand } from './commands/report.js';
import { addResultsCommand } from './commands/results.js';
import { addSimulateCommand } from './commands/simulate.js';
import { addTrackCommand } from './commands/track.js';
import { addWatchCommand } from './commands/watch.js';

const program = new Command('bellwether')
  .description('Experiments from the command line.')
  .option('--url <url>', 'of the server (else BELLWETHER_URL, bellwether.json, http://127.0.0.1:4000)')
  .option('--key <key>', 'API key (else BELLWETHER_KEY, bellwether.json, that of an embedded server here)')
  .option('--config <file>', 'in place of bellwether.json')
  .addHelpText('after', '\nExit codes: 0 done, 1 fault or refusal, 2 called wrongly, 3 "apply --check" or "check" found something.')
  .showHelpAfterError('(--help tells more)')
  .exitOverride();

for (const add of [
  addApplyCommand,
  addExperimentCommands,
  addCheckCommand,
  addLifecycleCommands,
  addResultsCommand,
  addReportCommand,
  addWatchCommand,
  addAssignCommand,
  addTrackCommand,
  addPowerCommand,
  addSimulateCommand,
  addKeyCommands,
  addAuditCommand,
  addForgetCommand,
  addDoctorCommand,
  addCompletionCommand,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // What commander says of a wrong call, and help itself, it has printed already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Error && error.message !== '') console.error(error.message);
  return error instanceof ExitCode ? error.code : 1;
}
