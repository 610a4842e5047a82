/**
 * Where a Redis is: one server, a cluster, or what sentinels name.
 *
 *     redis://user:password@host:6379/0
 *     redis+cluster://user:password@host:6379,host:6379
 *     redis+sentinel://user:password@host:26379,host:26379/name/0?sentinelPassword=…
 *
 * `rediss` in place of `redis` speaks TLS, with sentinels too. Of a cluster a few servers are enough, as they name the others.
 */

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly tls: boolean;
  /** null: the default user. */
  readonly username: string | null;
  readonly password: string | null;
}

export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | (Access & { readonly kind: 'cluster'; readonly places: readonly RedisPlace[] })
  | (Access & {
      readonly kind: 'sentinel';
      readonly places: readonly RedisPlace[];
      /** What the sentinels call the primary. */
      readonly name: string;
      readonly db: number;
      readonly sentinelPassword: string | null;
    });

const several = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/?]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const defaultPorts = { cluster: 6379, sentinel: 26379 } as const;
const examples = {
  server: 'redis://host:6379',
  cluster: 'redis+cluster://host:6379,host:6379',
  sentinel: 'redis+sentinel://host:26379,host:26379/name',
} as const;
const like = (kind: keyof typeof examples) => `an address like ${examples[kind]}`;

/** @returns the address; or a text: what is expected instead, which shows nothing of what was given */
export function readRedisAddress(text: string): RedisAddress | string {
  if (/^rediss?:\/\//.test(text)) return URL.canParse(text) ? { kind: 'server', url: text } : like('server');
  const [, scheme, kind, credentials = '', list = '', path = '', query = ''] = several.exec(text) ?? [];
  if (kind !== 'cluster' && kind !== 'sentinel') return Object.values(examples).join(' or ');
  const places = list.split(',').map((item) => readPlace(item.trim(), defaultPorts[kind]));
  const given = readCredentials(credentials);
  if (!given || !places.every((place) => place !== null)) return like(kind);
  const access = { tls: scheme === 'rediss', ...given };
  if (kind === 'cluster') {
    return /^0?$/.test(path) && query === ''
      ? { kind, places, ...access }
      : `${like(kind)}, without a database, for a cluster has none but 0`;
  }
  const [, encodedName = '', db = '0'] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(path) ?? [];
  const name = decoded(encodedName);
  if (!name) return `${like(kind)}, with the name that the sentinels know the primary by`;
  const sentinelPassword = readSentinelPassword(query);
  if (sentinelPassword === undefined) return `${like(kind)}, with nothing behind it but ?sentinelPassword=…`;
  return { kind, places, ...access, name, db: Number(db), sentinelPassword };
}

/** The servers of an address, for messages: no user, no password. */
export function placesOf(address: RedisAddress): string {
  if (address.kind !== 'server') return address.places.map(({ host, port }) => `${host}:${port}`).join(',');
  const { hostname, port } = new URL(address.url);
  return `${hostname}:${port || defaultPorts.cluster}`;
}

function readPlace(item: string, defaultPort: number): RedisPlace | null {
  if (item === '' || !URL.canParse(`redis://${item}`)) return null;
  const { hostname, port } = new URL(`redis://${item}`);
  return hostname === '' ? null : { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || defaultPort };
}

/** `user:password`, `:password`, or nothing; each percent-encoded, as in any URL. */
function readCredentials(text: string): Pick<Access, 'username' | 'password'> | null {
  const [, ...encoded] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  const [username, password] = encoded.map((part) => decoded(part ?? ''));
  return username === null || password === null ? null : { username: username || null, password: password || null };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** undefined: there is something else. */
function readSentinelPassword(query: string): string | null | undefined {
  const entries = [...new URLSearchParams(query)];
  if (entries.length === 0) return null;
  const [[name, value] = []] = entries;
  return entries.length === 1 && name === 'sentinelPassword' && value ? value : undefined;
}
