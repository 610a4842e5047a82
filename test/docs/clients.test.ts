import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What docs/clients.md shows of a program stands in the program, which is run by other tests. */

/** Each piece of code with the file that the text before it links to last. */
const pieces = [...readFileSync('docs/clients.md', 'utf8').matchAll(/\]\(([^)]+)\):\n\n```\w+\n(.*?)\n```/gs)].map(([, file, code]) => ({
  file: join('docs', file ?? ''),
  code: code ?? '',
}));

const flat = (text: string) => text.replace(/^ +/gm, '');

test('there is a piece of each client', () => {
  const clients = ['apollo-client.mjs', 'urql.mjs', 'graphql-request.mjs', 'codegen', 'relay'];
  for (const client of clients) expect(pieces.map(({ file }) => file)).toContainEqual(expect.stringContaining(`clients/${client}`));
});

test.each(pieces)('a piece of $file stands there word for word', ({ file, code }) => {
  expect(flat(readFileSync(file, 'utf8'))).toContain(flat(code));
});
