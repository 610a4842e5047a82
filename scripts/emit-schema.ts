import { writeFileSync } from 'node:fs';
import { createSchema, printedSchema } from '../src/graphql/schema.js';

/** Writes `schema.graphql` as the code describes it. */
const path = new URL('../schema.graphql', import.meta.url);
writeFileSync(path, printedSchema(createSchema()));
console.log('schema.graphql written');
