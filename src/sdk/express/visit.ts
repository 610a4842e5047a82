import { readDeviceCookie, writeDeviceCookie } from '../../core/device-cookie.js';
import { idFault, unitIdMembers } from '../../core/unit.js';
import type { ClientUnit } from '../answer.js';
import { newEventId } from '../event.js';
import type { LocalClient } from '../local-client.js';
import type { Visitor } from '../visitor.js';
import { createRequestBellwether, type RequestBellwether } from './request-bellwether.js';

/** As much of a request as is read: those of Node, Connect, Express and Fastify alike. */
export interface IncomingHeaders {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface BellwetherOptions<Request extends IncomingHeaders> {
  readonly client: LocalClient;
  /**
   * Who asks, as your session knows it; the device's cookie completes it. Left out: whom `x-user-id` names, which anybody can send. Null is a
   * request without a unit.
   */
  readonly unit?: (request: Request) => ClientUnit | null | Promise<ClientUnit | null>;
  /** Experiments to decide; all when left out. */
  readonly experimentKeys?: readonly string[];
  /** Experiment whose variant goes into `x-variant` where the request names none. */
  readonly experimentKey?: string;
}

export interface Visit {
  readonly bellwether: RequestBellwether;
  /** For the response. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Who makes a request, and what they get.
 *
 * A browser without an id is given one, in the cookie by which the service knows it too, when an experiment hashes devices. A variant that the
 * request claims is not believed but decided anew: anybody can send a header.
 */
export async function visit<Request extends IncomingHeaders>(request: Request, options: BellwetherOptions<Request>): Promise<Visit> {
  const { client, experimentKeys } = options;
  const headers: Record<string, string> = {};
  let unit = await unitOf(request, options);
  let visitor = await client.visitor(unit ?? {}, experimentKeys);
  if (unit && lacksDevice(visitor)) {
    const deviceId = newEventId();
    unit = { ...unit, deviceId };
    visitor = await client.visitor(unit, experimentKeys);
    headers['set-cookie'] = writeDeviceCookie(deviceId, headerOf(request, 'host'));
    // A cache would hand one browser's id to the next.
    headers['cache-control'] = 'private, no-store';
  }
  const [userId, named, claimed] = contextHeaders.map((name) => headerOf(request, name));
  const shownKey = named ?? options.experimentKey;
  const shown = shownKey === undefined ? null : visitor.assignment(shownKey).variant;
  if (shown !== null) headers['x-variant'] = shown;
  return {
    bellwether: createRequestBellwether({
      visitor,
      unit: unit && hasId(unit, visitor) ? unit : null,
      experimentKey: named && claimed && userId ? named : null,
    }),
    headers,
  };
}

/** Crawlers name themselves within less; attributes may have 4 KB in all. */
const userAgentLength = 512;

/** By which one service tells the next whom and what a request is about. */
const contextHeaders = ['x-user-id', 'x-experiment-id', 'x-variant'] as const;

function lacksDevice(visitor: Visitor): boolean {
  return visitor.bootstrap().answers.some(({ reason, hashKey }) => reason === 'NO_UNIT' && hashKey === 'deviceId');
}

/** Whether anything names the unit: an id, or an attribute that an experiment hashes. */
function hasId(unit: ClientUnit, visitor: Visitor): boolean {
  return unitIdMembers.some((member) => unit[member]) || visitor.bootstrap().answers.some(({ unitId }) => unitId !== null);
}

async function unitOf<Request extends IncomingHeaders>(request: Request, { unit }: BellwetherOptions<Request>): Promise<ClientUnit | null> {
  const known = unit ? await unit(request) : { userId: idIn(headerOf(request, 'x-user-id')) };
  if (!known) return null;
  const userAgent = headerOf(request, 'user-agent')?.slice(0, userAgentLength);
  return {
    ...known,
    deviceId: known.deviceId ?? idIn(readDeviceCookie(headerOf(request, 'cookie'))),
    attributes: { ...(userAgent !== undefined && { userAgent }), ...known.attributes },
  };
}

/** Headers can hold anything: what is no id is as good as missing. */
function idIn(header: string | null | undefined): string | null {
  return header && idFault(header) === null ? header : null;
}

/** Of a header that came more than once the first; undefined when it is absent or blank. */
function headerOf({ headers }: IncomingHeaders, name: string): string | undefined {
  const value = headers[name];
  const first = typeof value === 'object' ? value[0] : value;
  return first?.trim() || undefined;
}
