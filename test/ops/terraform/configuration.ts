import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@cdktf/hcl2json';

// biome-ignore lint/suspicious/noExplicitAny: of any shape, which tests look into
type Any = any;

/** Files of Terraform as data: all of a folder together, by block, kind and name. Expressions are texts, `${var.region}`. */
export async function readConfiguration(folder: string): Promise<Any> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));
  const read = await Promise.all(files.map((name) => readValues(join(folder, name))));
  return read.reduce(merged, {});
}

/** One file, as one of variables. */
export async function readValues(file: string): Promise<Any> {
  return parse(file, readFileSync(file, 'utf8'));
}

function merged(one: Any, other: Any): Any {
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
  const both = { ...one };
  for (const [name, value] of Object.entries(other)) both[name] = name in one ? merged(one[name], value) : value;
  return both;
}
