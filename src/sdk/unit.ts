import { unitIdMembers } from '../core/unit.js';
import type { ClientUnit } from './answer.js';
import type { OnFault } from './fault.js';

/**
 * A copy of a unit that is safe to keep and to send, whatever a caller without types handed in: the members of the API alone, numbers as ids
 * written as text, attributes as JSON. What cannot be used is left out and told.
 */
export function cleanUnit(given: ClientUnit | null | undefined, onFault: OnFault): ClientUnit {
  const ids = unitIdMembers.flatMap((member) => {
    const id: unknown = given?.[member];
    return id === undefined || id === null ? [] : [[member, typeof id === 'number' ? String(id) : id]];
  });
  const attributes = plainAttributes(given?.attributes, onFault);
  return { ...Object.fromEntries(ids), ...(attributes ? { attributes } : {}), ...(given?.isBot ? { isBot: true } : {}) };
}

function plainAttributes(attributes: ClientUnit['attributes'], onFault: OnFault): ClientUnit['attributes'] {
  if (attributes === undefined || attributes === null) return undefined;
  try {
    return JSON.parse(JSON.stringify(attributes)) as ClientUnit['attributes'];
  } catch (cause) {
    onFault({ code: 'INVALID_CALL', message: 'The attributes of the unit are no JSON and were left out.', cause });
    return undefined;
  }
}
