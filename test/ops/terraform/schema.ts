import { readFileSync } from 'node:fs';
import { type Field, message } from './messages.js';

/** What the AWS provider takes and tells, as test/ops/terraform/make-aws-schema.mjs has written it. */

export interface Attribute {
  readonly type: unknown;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly write_only?: boolean;
}

export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
}

interface NestedBlock {
  readonly nesting: 'single' | 'list' | 'set';
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: Block;
}

type Blocks = Readonly<Record<string, Block>>;

export const awsSchema = JSON.parse(readFileSync(new URL('./aws-schema.json', import.meta.url), 'utf8')) as {
  readonly provider_version: string;
  readonly resources: Blocks;
  readonly data_sources: Blocks;
  readonly ephemeral_resources: Blocks;
};

const text = { type: 'string', optional: true };
const providerBlock: Block = {
  attributes: { region: text },
  blocks: {
    default_tags: {
      nesting: 'list',
      max_items: 1,
      block: { attributes: { tags: { type: ['map', 'string'], optional: true } }, blocks: {} },
    },
  },
};
const nestings = { single: 1, list: 2, set: 3 };

/** The answer to GetProviderSchema of the plugin protocol 6. */
export function schemaMessage(): Buffer {
  const entries = (number: number, blocks: Blocks): Field[] =>
    Object.entries(blocks).map(([name, block]) => [
      number,
      message([
        [1, name],
        [2, schemaOf(block)],
      ]),
    ]);
  return message([
    [1, schemaOf(providerBlock)],
    ...entries(2, awsSchema.resources),
    ...entries(3, awsSchema.data_sources),
    ...entries(8, awsSchema.ephemeral_resources),
  ]);
}

const schemaOf = (block: Block): Buffer => message([[2, blockMessage(block)]]);

function blockMessage({ attributes, blocks }: Block): Buffer {
  return message([
    ...Object.entries(attributes).map(([name, attribute]): Field => [2, attributeMessage(name, attribute)]),
    ...Object.entries(blocks).map(([name, { nesting, min_items = 0, max_items = 0, block }]): Field => {
      return [
        3,
        message([
          [1, name],
          [2, blockMessage(block)],
          [3, nestings[nesting]],
          [4, min_items],
          [5, max_items],
        ]),
      ];
    }),
  ]);
}

function attributeMessage(name: string, { type, required = false, optional = false, computed = false, write_only = false }: Attribute) {
  return message([
    [1, name],
    [2, JSON.stringify(type)],
    [4, required],
    [5, optional],
    [6, computed],
    [11, write_only],
  ]);
}
