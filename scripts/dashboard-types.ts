/**
 * Types and documents of the dashboard: every operation of src/dashboard, checked against schema.graphql, becomes a typed document
 * in src/dashboard/generated (not kept in the repository).
 *
 *   tsx scripts/dashboard-types.ts
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as documentNode from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const folder = 'src/dashboard';
const filename = join(folder, 'generated/graphql.ts');

const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.graphql'))
  .sort()
  .map((file) => join(folder, file))
  .map((location) => ({ location, document: parse(readFileSync(location, 'utf8')) }));

const text = await codegen({
  filename,
  schema: parse(readFileSync('schema.graphql', 'utf8')),
  documents,
  config: {
    scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown', JSONObject: 'Record<string, unknown>', SafeInt: 'number' },
    enumType: 'string-literal',
    immutableTypes: true,
    useTypeImports: true,
    skipTypename: true,
    dedupeFragments: true,
  },
  plugins: [{ operations: {} }, { documentNode: {} }],
  pluginMap: { operations, documentNode },
});

mkdirSync(join(folder, 'generated'), { recursive: true });
writeFileSync(filename, text);
