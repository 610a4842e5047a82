import { alertKinds } from './alert.js';
import { keyPattern } from './findings.js';
import { type WebhookKind, type WebhookMessage, webhookKinds } from './webhook.js';

/** Receivers of webhooks, as whoever runs the service names them. */

/** BELLWETHER: our own body, signed. SLACK: an incoming webhook. PAGERDUTY: Events API v2, for alerts alone. */
export const webhookFormats = ['BELLWETHER', 'SLACK', 'PAGERDUTY'] as const;
export type WebhookFormat = (typeof webhookFormats)[number];

export interface WebhookEndpoint {
  /** Unique; stands for it wherever it is shown, for the URL itself may be a secret. */
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  /** BELLWETHER: one or two, `whsec_` and base64, each of which signs. PAGERDUTY: the integration key. SLACK: none. */
  readonly secrets: readonly string[];
  /** Null: all that the format has words for. */
  readonly kinds: readonly WebhookKind[] | null;
  /** Keys of experiments; null: all. */
  readonly experiments: readonly string[] | null;
}

const members = ['name', 'url', 'secret', 'format', 'kinds', 'experiments'];
const namePattern = /^[a-z0-9][a-z0-9_.-]{0,99}$/;
/** 24 to 64 bytes, as the specification asks. */
const signingSecret = /^whsec_(?=.{32,88}$)([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const integrationKey = /^[A-Za-z0-9]{32}$/;
const mostEndpoints = 50;

/**
 * Reads a list of receivers.
 *
 * @returns those that are sound, and a sentence for each fault, which never shows a secret or a URL
 */
export function readEndpoints(list: unknown): { readonly endpoints: readonly WebhookEndpoint[]; readonly faults: readonly string[] } {
  if (!Array.isArray(list)) return { endpoints: [], faults: ['expected a list of objects such as [{"name": …, "url": …, "secret": …}]'] };
  const faults: string[] = list.length > mostEndpoints ? [`has ${list.length} members; expected at most ${mostEndpoints}`] : [];
  const endpoints = list.flatMap((item: unknown, place) => readEndpoint(item, (fault) => faults.push(`[${place}]${fault}`)) ?? []);
  const names = endpoints.map(({ name }) => name);
  for (const name of new Set(names.filter((name, place) => names.indexOf(name) < place)))
    faults.push(`two are named "${name}"; expected names that differ`);
  return { endpoints, faults };
}

type Report = (fault: string) => void;

function readEndpoint(item: unknown, report: Report): WebhookEndpoint | null {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    report(': expected an object');
    return null;
  }
  const given = item as Readonly<Record<string, unknown>>;
  for (const member of Object.keys(given))
    if (!members.includes(member)) report(`: has no member "${member}"; there are ${members.join(', ')}`);
  const { name, url } = given;
  const format = webhookFormats.find((one) => one === (given.format ?? 'BELLWETHER'));
  if (!format) report(`.format: expected one of ${webhookFormats.join(', ')}`);
  if (typeof name !== 'string' || !namePattern.test(name)) report(`.name: expected text that matches ${namePattern.source}`);
  if (!isAllowedUrl(url)) report('.url: expected an https address, or http to this machine, without user, password or fragment');
  const secrets = format ? readSecrets(given.secret, format, report) : [];
  const kinds = readList(given.kinds, webhookKinds.filter(isTold(format)), '.kinds', report);
  const experiments = readKeys(given.experiments, report);
  if (!format || typeof name !== 'string' || typeof url !== 'string') return null;
  return { name, url, format, secrets, kinds, experiments };
}

/** Plain http only where nobody is between. */
function isAllowedUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname, username, password, hash } = new URL(url);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && `${username}${password}${hash}` === '';
}

function readSecrets(secret: unknown, format: WebhookFormat, report: Report): string[] {
  const given = secret === undefined ? [] : Array.isArray(secret) ? secret : [secret];
  const isEach = (pattern: RegExp) => given.every((one) => typeof one === 'string' && pattern.test(one));
  switch (format) {
    case 'BELLWETHER':
      if (given.length < 1 || given.length > 2 || !isEach(signingSecret))
        report('.secret: expected "whsec_" and the base64 of 24 to 64 random bytes, or a list of two of them while one replaces the other');
      break;
    case 'PAGERDUTY':
      if (given.length !== 1 || !isEach(integrationKey)) report('.secret: expected the integration key of 32 letters and digits');
      break;
    case 'SLACK':
      if (given.length > 0) report('.secret: expected none, as the address of an incoming webhook is the secret');
      break;
    default:
      format satisfies never;
  }
  return given as string[];
}

function readList<T extends string>(list: unknown, allowed: readonly T[], path: string, report: Report): readonly T[] | null {
  if (list === undefined) return null;
  if (Array.isArray(list) && list.length > 0 && list.every((one) => allowed.includes(one))) return list as T[];
  report(`${path}: expected a list of ${allowed.join(', ')}`);
  return null;
}

function readKeys(list: unknown, report: Report): readonly string[] | null {
  if (list === undefined) return null;
  if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string' && keyPattern.test(one)))
    return list as string[];
  report('.experiments: expected a list of keys of experiments');
  return null;
}

/** Whether a format has words for a kind: an incident is opened for alerts alone. */
function isTold(format: WebhookFormat | undefined): (kind: WebhookKind) => boolean {
  return (kind) => format !== 'PAGERDUTY' || (alertKinds as readonly string[]).includes(kind);
}

/** Whether a receiver takes messages of a kind at all. */
export function takesKind({ format, kinds }: WebhookEndpoint, kind: WebhookKind): boolean {
  return isTold(format)(kind) && (kinds === null || kinds.includes(kind));
}

/** Whether a receiver is to get a message. */
export function isWanted(endpoint: WebhookEndpoint, { kind, experimentKey }: Pick<WebhookMessage, 'kind' | 'experimentKey'>): boolean {
  return takesKind(endpoint, kind) && (endpoint.experiments === null || endpoint.experiments.includes(experimentKey));
}
