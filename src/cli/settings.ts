import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientConfig } from '../config.js';

/** Which server a command speaks to, and with which key. */
export interface Settings {
  readonly url: string;
  /** Null: none was found. */
  readonly key: string | null;
  /** Where each was found, for `doctor`. */
  readonly sources: { readonly url: string; readonly key: string };
}

export interface GivenSettings {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** File in place of `bellwether.json`. */
  readonly config?: string | undefined;
}

interface ConfigFile {
  readonly url?: string;
  readonly key?: string;
}

const usualFile = 'bellwether.json';

/**
 * The first that says it: the option, the environment, the config file (`{ "url": …, "key": … }`), the keys of an embedded server on this machine.
 *
 * @throws Error when a named config file cannot be read
 */
export function settingsOf({ url, key, config }: GivenSettings): Settings {
  const environment = clientConfig();
  const file = readConfig(config);
  const from = config ?? usualFile;
  const [foundUrl, urlSource] = firstOf(
    [url, '--url'],
    [environment.givenUrl, 'BELLWETHER_URL'],
    [file.url, from],
    [environment.url, 'the usual address'],
  );
  const kept = join(environment.dataDir, 'keys.json');
  const [foundKey, keySource] = firstOf(
    [key, '--key'],
    [environment.givenKey, 'BELLWETHER_KEY'],
    [file.key, from],
    [environment.adminKey, 'BELLWETHER_ADMIN_KEY'],
    [keptKey(kept), kept],
  );
  return { url: foundUrl ?? environment.url, key: foundKey, sources: { url: urlSource, key: keySource } };
}

function firstOf(...candidates: readonly (readonly [string | null | undefined, string])[]): readonly [string | null, string] {
  const [value, source] = candidates.find(([value]) => value !== null && value !== undefined) ?? [null, 'nowhere'];
  return [value ?? null, source];
}

function readConfig(path: string | undefined): ConfigFile {
  try {
    return JSON.parse(readFileSync(path ?? usualFile, 'utf8')) as ConfigFile;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && path === undefined;
    if (isAbsent) return {};
    throw new Error(`${path ?? usualFile} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The key that an embedded server on this machine made for itself. */
function keptKey(path: string): string | null {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { admin?: string }).admin ?? null;
  } catch {
    return null;
  }
}
