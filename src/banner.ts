/** What stands on the terminal when the service runs, and for `--help`. */
import { environment } from './config.js';

/** What a started service says of itself. */
export interface Started {
  /** Where things are, e.g. `['API', 'http://127.0.0.1:4000/graphql']`; the first one is what to open. */
  readonly addresses: readonly (readonly [name: string, url: string])[];
  /** Keys to show once: name or scope, and the secret. */
  readonly keys: readonly (readonly [name: string, secret: string])[];
}

/** The lines that tell a person where to go. */
export function banner({ addresses, keys }: Started, startedInMs: number): string {
  const width = Math.max(...[...addresses, ...keys].map(([name]) => name.length), 0) + 3;
  const rows = (list: Started['keys']) => list.map(([name, value]) => `  ${name.padEnd(width)}${value}`);
  return [
    '',
    `Bellwether runs (ready in ${(startedInMs / 1000).toFixed(1)} s)`,
    '',
    ...rows(addresses),
    ...(keys.length > 0 ? ['', 'Keys, for the header "authorization: Bearer KEY"', '', ...rows(keys)] : []),
    '',
    'Ctrl-C stops everything that was started here; the data stays.',
    '',
  ].join('\n');
}

export function help(): string {
  const width = Math.max(...environment.map(([name]) => name.length)) + 2;
  const lines = environment.map(
    ([name, meaning, fallback]) => `  ${name.padEnd(width)}${meaning}\n  ${''.padEnd(width)}default: ${fallback}`,
  );
  return [
    'npm start                 everything on this machine; what is missing is fetched, built and started',
    'npm start -- api          the role api, as BELLWETHER_ROLE=api says it',
    'npm start -- worker       the role worker',
    'npm start -- migrate      bring the database up to date and end',
    'npm start -- --help       this text',
    '',
    'Where all is built and the stores are elsewhere, as in the image, "node dist/main.js" stands for "npm start --".',
    '',
    'Environment; NAME_FILE in place of NAME names a file that holds the value, as for secrets:',
    ...lines,
    '',
    'Exit codes: 0 stopped by a signal, 1 could not start or met a fault it cannot go on with, 2 wrong arguments or environment.',
  ].join('\n');
}
