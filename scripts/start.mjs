/**
 * `npm start`: prepares what is missing, then runs the service in this same process, so that a signal has one place to go.
 *
 *   npm start                  everything on this machine
 *   npm start -- --help        the environment it reads
 */
import { prepare } from './prepare.mjs';

try {
  await prepare((line) => console.log(`  ${line}`));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const { main } = await import('../dist/main.js');
await main(process.argv.slice(2));
