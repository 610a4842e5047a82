import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';
import { schema } from '../api/operations.js';

/**
 * What `graphql-codegen --config codegen.json` does, without the two hundred packages of its command line: it reads the same settings, and
 * the files come out the same, byte for byte.
 *
 * @param folder with codegen.json
 */
export async function generateTypes(folder: string): Promise<void> {
  const settings = JSON.parse(readFileSync(join(folder, 'codegen.json'), 'utf8'));
  const location = join(folder, settings.documents);
  const texts: Record<string, string> = await import(pathToFileURL(location).href);
  // In the order of the file, where a module lists its names by the alphabet.
  const source = readFileSync(location, 'utf8');
  const names = Object.keys(texts).sort((one, other) => source.indexOf(`const ${one} `) - source.indexOf(`const ${other} `));
  const documents = names.map((name) => ({ location, document: parse(texts[name] ?? ''), rawSDL: texts[name] ?? '' }));
  for (const [output, { presetConfig, config }] of Object.entries<{ presetConfig: object; config: object }>(settings.generates)) {
    const sections = await preset.buildGeneratesSection({
      baseOutputDir: join(folder, output),
      schema: parse(readFileSync(join(folder, settings.schema), 'utf8')),
      schemaAst: schema,
      documents,
      presetConfig,
      config,
      plugins: [],
      pluginMap: {},
    });
    for (const section of sections) {
      mkdirSync(dirname(section.filename), { recursive: true });
      writeFileSync(section.filename, await codegen(section));
    }
  }
}
