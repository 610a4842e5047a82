/**
 * Writes aws-schema.json: of each kind of resource, data source and ephemeral resource that ops/terraform uses, the arguments, blocks and
 * attributes that the AWS provider has, as `terraform providers schema -json` would tell them. They are read from HashiCorp's generated
 * bindings, which carry them in full and come by npm, as the provider does not. Ephemeral resources are not among the bindings: they are
 * taken to have the members of the data sources of the same names. Which optional arguments the provider fills in when they are left out is
 * not told either: all of them may be. To be run again when a kind is added, or the provider moves on:
 *
 *   npm pack @cdktf/provider-aws@21.22.1 && tar xzf cdktf-provider-aws-*.tgz
 *   node test/ops/terraform/make-aws-schema.mjs package && npx biome format --write test/ops/terraform/aws-schema.json
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const marked = (flags) => Object.fromEntries(Object.entries(flags).filter(([, isSet]) => isSet));

/** "stringList" of a set -> ["set", "string"]. */
function typeOf(collection, storage) {
  const [, scalar, kind] = /^(string|number|boolean|any)(List|Map)?$/.exec(storage) ?? [];
  if (scalar === undefined) throw new Error(`unknown type: ${collection} of ${storage}`);
  const element = { string: 'string', number: 'number', boolean: 'bool', any: 'dynamic' }[scalar];
  if (kind === undefined) return element;
  return [kind === 'Map' ? 'map' : collection === 'set' ? 'set' : 'list', element];
}

/** What the bindings of one kind say. @param kind as the folder is called, `db-instance` */
function createReader(kind) {
  const js = readFileSync(join(folder, 'lib', kind, 'index.js'), 'utf8');
  const types = readFileSync(join(folder, 'lib', kind, 'index.d.ts'), 'utf8');
  const between = (source, from, to) => {
    const start = source.indexOf(from);
    return start < 0 ? '' : source.slice(start, source.indexOf(to, start));
  };

  /** @param struct interface that says what is required; @param hcl what lists arguments; @param members class that has the rest */
  function readBlock({ struct, hcl, members }) {
    const attributes = {};
    const blocks = {};
    const declared = between(types, `export interface ${struct} `, '\n}');
    const comments = /\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)/g;
    const flags = new Map([...members.matchAll(comments)].map(([, name, ...values]) => [name, values.map((value) => value === 'true')]));
    const argument = /^ {8,12}(\w+): \{\n[^\n]*\n\s+isBlock: (\w+),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)"/gm;
    for (const [, name, isBlock, collection, storage] of hcl.matchAll(argument)) {
      if (isBlock === 'false') {
        const required = new RegExp(`readonly ${camel(name)}: `).test(declared);
        const write_only = name.endsWith('_wo');
        attributes[name] = {
          type: typeOf(collection, storage),
          ...marked({ required, optional: !required, computed: !required && !write_only, write_only }),
        };
        continue;
      }
      const inner = storage.replace(/List$/, '');
      const [, isOptional, isMany] = new RegExp(`readonly ${camel(name)}(\\??): ${inner}(\\[\\])?`).exec(declared) ?? [];
      blocks[name] = {
        nesting: collection === 'struct' ? (name === 'timeouts' ? 'single' : 'list') : collection,
        ...(isOptional === '' && { min_items: 1 }),
        ...(isMany === undefined && name !== 'timeouts' && { max_items: 1 }),
        block: readBlock({
          struct: inner,
          hcl: between(js, `function ${inner[0].toLowerCase()}${inner.slice(1)}ToHclTerraform(`, '\n}'),
          members: between(js, `class ${inner}OutputReference `, '\n}'),
        }),
      };
    }
    const read = {
      String: 'string',
      Number: 'number',
      StringMap: ['map', 'string'],
      List: ['list', 'string'],
      NumberList: ['list', 'number'],
    };
    for (const [, method, name] of members.matchAll(/this\.get(\w+)Attribute\('(\w+)'\)/g)) {
      if (flags.get(name)?.[0] && !(name in attributes) && !(name in blocks))
        attributes[name] = { type: read[method] ?? 'dynamic', computed: true };
    }
    for (const [name, [computed, optional]] of flags) {
      if (computed && !optional && !(name in attributes) && !(name in blocks)) attributes[name] = { type: 'dynamic', computed: true };
    }
    return { attributes, blocks };
  }

  const [, name] = /^export declare class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider)/m.exec(types) ?? [];
  return {
    version: /providerVersion: '([\d.]+)'/.exec(js)?.[1],
    block: () =>
      readBlock({
        struct: `${name}Config`,
        hcl: js.slice(js.indexOf('synthesizeHclAttributes')),
        members: between(js, `class ${name} extends`, '\n}'),
      }),
  };
}

const files = readdirSync('ops/terraform', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tf'));
const used = files.map((file) => readFileSync(join('ops/terraform', file), 'utf8')).join('\n');
const kinds = (word) => [...new Set([...used.matchAll(new RegExp(`^${word} "aws_(\\w+)"`, 'gm'))].map(([, kind]) => kind))].sort();
const schemas = (word, prefix) =>
  Object.fromEntries(kinds(word).map((kind) => [`aws_${kind}`, createReader(`${prefix}${kind.replaceAll('_', '-')}`).block()]));
const written = {
  provider_version: createReader('vpc').version,
  resources: schemas('resource', ''),
  data_sources: schemas('data', 'data-aws-'),
  ephemeral_resources: schemas('ephemeral', 'data-aws-'),
};
writeFileSync('test/ops/terraform/aws-schema.json', `${JSON.stringify(written, null, 1)}\n`);
