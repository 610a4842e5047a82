/**
 * Prisma's schema engine as WebAssembly: what separates a database from `prisma/schema.prisma`, as SQL.
 * Development only. The native engine is a download that a machine without internet cannot have.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as binding from '@prisma/schema-engine-wasm/schema_engine_bg';

export const schemaPath = resolve(dirname(fileURLToPath(import.meta.url)), '../prisma/schema.prisma');

/** The adapter's inner side, which the engine reaches through and we mend. */
interface InnerAdapter {
  client: { query(sql: string): Promise<unknown> };
  performIO(query: unknown): Promise<{ fields?: { dataTypeID: number }[] }>;
  queryRaw(query: unknown): Promise<{ columnTypes: number[] }>;
  executeScript(sql: string): Promise<void>;
  onError(error: unknown): never;
}

/** "char", name, regclass, regtype and the arrays of two of them, which the adapter cannot read, are read as text. */
const readAsText: Readonly<Record<number, number>> = { 18: 25, 19: 25, 2205: 25, 2206: 25, 1002: 1009, 1003: 1009 };
const charType = 18;

/**
 * Mends two things in @prisma/adapter-pg 7.10 that the engine trips over: catalogue columns of type "char"
 * (prisma/orm #27403), and scripts, which the adapter splits at every semicolon, those inside function bodies too.
 */
function mend(adapter: InnerAdapter): void {
  const performIO = adapter.performIO.bind(adapter);
  const queryRaw = adapter.queryRaw.bind(adapter);
  let charColumns: number[] = [];
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    charColumns = [];
    for (const [index, field] of (result.fields ?? []).entries()) {
      if (field.dataTypeID === charType) charColumns.push(index);
      field.dataTypeID = readAsText[field.dataTypeID] ?? field.dataTypeID;
    }
    return result;
  };
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.executeScript = async (sql) => {
    try {
      await adapter.client.query(sql);
    } catch (error) {
      adapter.onError(error);
    }
  };
}

function factoryFor(url: string): SqlMigrationAwareDriverAdapterFactory {
  const inner = new PrismaPg({ connectionString: url, max: 1 });
  const connect = async () => {
    const adapter = await inner.connect();
    mend(adapter as unknown as InnerAdapter);
    return adapter;
  };
  return { provider: inner.provider, adapterName: inner.adapterName, connect, connectToShadowDb: connect };
}

interface WasmHost {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
}

/** Stands in where the comparison starts from nothing: the engine only asks which server it talks to. */
function withoutDatabase(): SqlMigrationAwareDriverAdapterFactory {
  const connect = async (): Promise<SqlDriverAdapter> => ({
    provider: 'postgres',
    adapterName: 'none',
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 18.4', 180004]],
    }),
    executeRaw: async () => 0,
    executeScript: async () => {},
    startTransaction: () => Promise.reject(new Error('There is no database to open a transaction on.')),
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    dispose: async () => {},
  });
  return { provider: 'postgres', adapterName: 'none', connect, connectToShadowDb: connect };
}

/** The binding holds on to the memory of its first instance, so there is one for all engines of a process. */
let loading: Promise<void> | null = null;

async function load(): Promise<void> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;
  const { instance } = await wasm.instantiate(readFileSync(script.replace(/\.js$/, '.wasm')), { './schema_engine_bg.js': binding });
  (binding as unknown as { __wbg_set_wasm(exports: unknown): void }).__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  // Without it a panic of the engine shows as "undefined.set_message".
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: console.error, get: () => '' } });
}

async function openEngine(factory: SqlMigrationAwareDriverAdapterFactory, schema: string): Promise<binding.SchemaEngine> {
  loading ??= load();
  await loading;
  const { SchemaEngine } = binding as unknown as {
    SchemaEngine: { new: (options: object, log: () => void, adapter: unknown) => Promise<binding.SchemaEngine> };
  };
  return SchemaEngine.new({ datamodels: [[schemaPath, schema]] }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
}

/**
 * The SQL that turns what is there into what `prisma/schema.prisma` says; null when nothing is missing.
 * Partitions of a partitioned table, and functions, are not part of the comparison.
 *
 * @param from `empty`, or the connection string of a migrated database
 */
export async function sqlToSchema(from: 'empty' | { readonly url: string }): Promise<string | null> {
  const schema = readFileSync(schemaPath, 'utf8');
  const files = [{ path: schemaPath, content: schema }];
  const engine = await openEngine(from === 'empty' ? withoutDatabase() : factoryFor(from.url), schema);
  try {
    const { stdout } = await engine.diff({
      from: from === 'empty' ? { tag: 'empty' } : { tag: 'schemaDatasource', files, configDir: dirname(schemaPath) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    const sql = stdout?.trim() ?? '';
    return sql === '' || sql === '-- This is an empty migration.' ? null : `${sql}\n`;
  } finally {
    engine.free();
  }
}
