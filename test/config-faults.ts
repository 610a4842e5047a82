import { ConfigError, readConfig } from '../src/config.js';

/** What is wrong with an environment, a line a fault. */
export function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
