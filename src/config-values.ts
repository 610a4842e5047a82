/** How single values of the environment are read: each parser answers the value, or says what it expected instead. */
import { isIP } from 'node:net';

/** What was wrong with a value. `received` is put in by the parser where the value must not be shown. */
export interface Fault {
  readonly expected: string;
  readonly received?: string;
}

export type Parser<T> = (text: string) => { readonly value: T } | Fault;
export type Reader = <T, D>(name: string, fallback: D, parse: Parser<T>) => T | D;

/** Reads from one environment and collects the faults. A wrong value answers its default, so that the reading goes on to the next. */
export function createReader(env: NodeJS.ProcessEnv, faults: string[]): Reader {
  return (name, fallback, parse) => {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const result = parse(text);
    if ('value' in result) return result.value;
    faults.push(`${name}: received ${result.received ?? JSON.stringify(shorten(text))}; expected ${result.expected}`);
    return fallback;
  };
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

export const text: Parser<string> = (value) => ({ value });

export function oneOf<T extends string>(values: readonly T[]): Parser<T> {
  return (value) => (values.includes(value as T) ? { value: value as T } : { expected: `one of ${values.join(', ')}` });
}

export function integer(least: number, most: number): Parser<number> {
  return (value) => {
    const number = Number(value);
    return /^\d{1,9}$/.test(value) && number >= least && number <= most
      ? { value: number }
      : { expected: `a whole number from ${least} to ${most}` };
  };
}

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** A number that is no address (300.1.2.3) would otherwise pass as a name and fail much later. */
export const host: Parser<string> = (value) =>
  isIP(value) || (hostName.test(value) && !/^[\d.]+$/.test(value)) ? { value } : { expected: 'an IP address or a host name, without port' };

/** An address that may carry a password: what is wrong with it is told without it. */
export function url(protocols: readonly string[], example: string): Parser<string> {
  return (value) => {
    const expected = `an address like ${example}`;
    if (!URL.canParse(value)) return { expected, received: 'something that is no URL' };
    const { protocol } = new URL(value);
    return protocols.includes(protocol) ? { value } : { expected, received: `a URL that begins with ${protocol}//` };
  };
}

/** Comma-separated; each is scheme, host and port alone, as browsers send it. */
export const origins: Parser<readonly string[]> = (value) => {
  const list = value.split(',').map((item) => item.trim());
  const wrong = list.find((item) => !isOrigin(item));
  if (wrong === undefined) return { value: Object.freeze(list.map((item) => new URL(item).origin)) };
  return {
    expected: 'origins separated by commas, e.g. https://a.example,http://localhost:3000 (no path, no *)',
    received: JSON.stringify(shorten(wrong)),
  };
};

function isOrigin(item: string): boolean {
  if (!URL.canParse(item)) return false;
  const { protocol, origin, pathname, search, hash, username } = new URL(item);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return origin !== 'null' && pathname === '/' && !item.endsWith('/') && `${search}${hash}${username}` === '';
}

/** Never shown. Control characters are refused as no header can carry them. */
export const secret: Parser<string> = (value) => {
  const received = `${[...value].length} characters`;
  if ([...value].length < 32) return { expected: '32 characters or more', received };
  if (/\p{Cc}/u.test(value)) return { expected: 'no control characters', received: `${received} with control characters among them` };
  return { value };
};
