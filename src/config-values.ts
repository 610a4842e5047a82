/** How single values of the environment are read: each parser answers the value, or says what it expected instead. */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';

/** What was wrong with a value. `received` is put in by the parser where the value must not be shown. */
export interface Fault {
  readonly expected: string;
  readonly received?: string;
}

export type Parser<T> = (text: string) => { readonly value: T } | Fault;
export type Reader = <T, D>(name: string, fallback: D, parse: Parser<T>) => T | D;

/**
 * Reads from one environment and collects the faults. A wrong value answers its default, so that the reading goes on to the next.
 * `NAME_FILE` names a file that holds the value of NAME, as secrets of containers come; what ends its last line is no part of it.
 */
export function createReader(env: NodeJS.ProcessEnv, faults: string[]): Reader {
  function textOf(name: string): string {
    const [text, file] = [env[name] || null, env[`${name}_FILE`] || null];
    if (text === null && file !== null) return contentOf(`${name}_FILE`, file);
    if (file !== null) faults.push(`${name}: received beside ${name}_FILE; expected one of the two`);
    return text ?? '';
  }

  function contentOf(name: string, file: string): string {
    try {
      const content = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
      if (content === '') faults.push(`${name}: received ${JSON.stringify(file)}, which is empty; expected a file that holds the value`);
      return content;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      faults.push(`${name}: received ${JSON.stringify(file)}, which cannot be read (${code}); expected a file that holds the value`);
      return '';
    }
  }

  return (name, fallback, parse) => {
    const text = textOf(name);
    if (text === '') return fallback;
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

/** Name of a header, in small letters, as Node gives them. @see RFC 9110, section 5.1 */
export const headerName: Parser<string> = (value) =>
  /^[!#$%&'*+.^_`|~\dA-Za-z-]{1,100}$/.test(value) ? { value: value.toLowerCase() } : { expected: 'the name of a header, e.g. x-bot' };

/** Comma-separated addresses and networks, of both families. */
export const networks: Parser<BlockList> = (value) => {
  const list = new BlockList();
  for (const item of value.split(',').map((part) => part.trim())) {
    const [address = '', length, ...rest] = item.split('/');
    const bits = isIP(address) === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    if (!isIP(address) || prefix < 0 || prefix > bits || rest.length > 0) {
      return {
        expected: 'addresses and networks separated by commas, e.g. 10.0.0.0/8,fd00::/8,192.0.2.7',
        received: JSON.stringify(shorten(item)),
      };
    }
    list.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return { value: list };
};

/** Never shown. Control characters are refused as no header can carry them. */
export const secret: Parser<string> = (value) => {
  const received = `${[...value].length} characters`;
  if ([...value].length < 32) return { expected: '32 characters or more', received };
  if (/\p{Cc}/u.test(value)) return { expected: 'no control characters', received: `${received} with control characters among them` };
  return { value };
};

/** A part of 1. */
export const share: Parser<number> = (value) => {
  const number = Number(value);
  return /^[\d.]+$/.test(value) && number >= 0 && number <= 1 ? { value: number } : { expected: 'a number from 0 to 1' };
};

/** `name=value` separated by commas, percent-encoded where they hold one. */
export const pairs: Parser<Readonly<Record<string, string>>> = (value) => {
  const list = value.split(',').map((item) => item.trim().split('='));
  const isRight = list.every((pair) => pair.length === 2 && pair.every((part) => part.trim() !== '' && isDecodable(part)));
  if (!isRight) return { expected: 'pairs like name=value separated by commas, with %2C for a comma in a value' };
  return { value: Object.fromEntries(list.map(([name = '', text = '']) => [name.trim(), decodeURIComponent(text.trim())])) };
};

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
