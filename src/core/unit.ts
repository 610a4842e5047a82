import type { Problem } from './errors.js';
import { utf8Length } from './hash.js';
import { isWellFormed, jsonFault, shortened } from './json-value.js';

/** Who or what is randomised, as a caller describes it. */
export interface Unit {
  readonly userId?: string | null;
  readonly deviceId?: string | null;
  readonly tenantId?: string | null;
  /** Further ids to hash by, and facts for targeting; JSON values, at most 4 KB. */
  readonly attributes?: Readonly<Record<string, unknown>> | null;
  readonly isBot: boolean;
}

/** The ids that have a member of their own. */
export const unitIdMembers = ['userId', 'deviceId', 'tenantId'] as const;
export type UnitIdMember = (typeof unitIdMembers)[number];

/** Most bytes of an id in UTF-8. */
export const maxIdBytes = 256;
/** Most bytes of a unit's attributes as JSON. */
export const maxAttributesBytes = 4096;

/** What may name an attribute, in hash keys, targeting and segments: letters, digits, `_`, `.`, `-`; no digit first; at most 100. */
export const attributeNamePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/;

/**
 * Everything wrong with a unit: INVALID_ID for an id that is blank, over 256 bytes, or holds control characters or a lone surrogate;
 * INVALID_RANGE for attributes over 4 KB; BAD_USER_INPUT for attributes that are no object or that no store can hold.
 * An absent or null id is no fault: the assignment says NO_UNIT.
 *
 * @param path leads to the unit from the input
 */
export function checkUnit(unit: Unit, path: readonly string[] = ['unit']): Problem[] {
  const problems: Problem[] = [];
  for (const member of unitIdMembers) {
    const fault = idFault(unit[member]);
    if (fault)
      problems.push({ code: 'INVALID_ID', message: `${member} ${fault}.`, path: [...path, member], received: shortened(unit[member]) });
  }
  const { attributes } = unit;
  if (attributes === undefined || attributes === null) return problems;
  const attributesPath = [...path, 'attributes'];
  if (typeof attributes !== 'object' || Array.isArray(attributes)) {
    return [
      ...problems,
      { code: 'BAD_USER_INPUT', message: 'attributes must be a JSON object.', path: attributesPath, received: shortened(attributes) },
    ];
  }
  const fault = jsonFault(attributes, maxAttributesBytes);
  if (fault) problems.push({ ...fault, message: `attributes: the value ${fault.message}.`, path: attributesPath });
  return problems;
}

/** What is wrong with an id, in words that follow its name; null when it is well-formed or absent. */
export function idFault(id: string | null | undefined): string | null {
  if (id === undefined || id === null) return null;
  if (typeof id !== 'string') return `must be text, not ${typeof id}`;
  if (id.trim() === '') return 'is blank; leave it out or send null when there is none';
  const bytes = utf8Length(id);
  if (bytes > maxIdBytes) return `has ${bytes} bytes; at most ${maxIdBytes} are taken`;
  if (/\p{Cc}/u.test(id)) return 'holds a control character';
  if (!isWellFormed(id)) return 'holds a lone surrogate';
  return null;
}

/**
 * The id that an experiment hashes.
 *
 * @param hashKey `userId`, `deviceId`, `tenantId` or the name of an attribute
 * @returns null when it is missing. An attribute serves when it is a number, written as JavaScript writes it, or a text; one that would be refused as an id is as good as missing.
 */
export function unitIdOf(unit: Unit, hashKey: string): string | null {
  if (isUnitIdMember(hashKey)) return unit[hashKey] ?? null;
  const value = attributeOf(unit, hashKey);
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const id = String(value);
  return idFault(id) === null ? id : null;
}

export function isUnitIdMember(name: string): name is UnitIdMember {
  return (unitIdMembers as readonly string[]).includes(name);
}

/** An attribute's value; undefined when there is none. Names that objects inherit, such as `constructor`, are not attributes. */
export function attributeOf(unit: Unit, name: string): unknown {
  const attributes = unit.attributes;
  return attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/**
 * Crawlers by what they call themselves. Nearly all end a word in "bot", "crawler" or "spider"; the rest is listed.
 * Not here on purpose: HTTP libraries and headless browsers (a server's own agent is not its visitor's) and CUBOT, which makes telephones.
 */
export const crawlerPatterns = [
  '(?<!\\bcu)bot(?![a-z])',
  'crawler',
  'spider(?![a-z])',
  '\\bslurp\\b',
  'mediapartners-google',
  'feedfetcher',
  'google-(?:inspectiontool|read-aloud|safety)',
  'googleother',
  'bingpreview',
  'facebookexternalhit',
  'meta-external(?:agent|fetcher)',
  'ia_archiver',
  'archive\\.org_',
  'pingdom',
  'statuscake',
] as const;
const crawlerPattern = new RegExp(crawlerPatterns.join('|'), 'i');

/** Whether a unit is a bot: it says so, or `attributes.userAgent` names a crawler. No agent is no bot. */
export function isBot(unit: Unit): boolean {
  if (unit.isBot) return true;
  const userAgent = attributeOf(unit, 'userAgent');
  return typeof userAgent === 'string' && crawlerPattern.test(userAgent);
}
