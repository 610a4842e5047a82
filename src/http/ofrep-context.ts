import { refusal, refuseIfAny } from '../core/errors.js';
import { checkUnit, type Unit } from '../core/unit.js';

/**
 * The unit that a context of OpenFeature speaks of.
 *
 * `userId`, `deviceId`, `tenantId` and `isBot` are the unit's members of these names; every other member is an attribute. `targetingKey` stands
 * in for a missing `userId` and for a missing `deviceId`, for whichever of them an experiment hashes; never for `tenantId`, since a person is no
 * cluster of people.
 *
 * @param body of the request, as parsed; absent is as empty
 * @throws DomainError BAD_USER_INPUT for what is no context, and the faults of the unit
 */
export function unitOfRequest(body: unknown): Unit {
  const { context } = objectOf(body ?? {}, 'The body');
  const { targetingKey, userId, deviceId, tenantId, isBot, ...attributes } = objectOf(context ?? {}, 'context');
  const key = idOf(targetingKey, 'targetingKey');
  const unit: Unit = {
    userId: idOf(userId, 'userId') ?? key,
    deviceId: idOf(deviceId, 'deviceId') ?? key,
    tenantId: idOf(tenantId, 'tenantId'),
    attributes,
    isBot: isBot === true,
  };
  refuseIfAny(checkUnit(unit));
  return unit;
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal('BAD_USER_INPUT', `${name} must be a JSON object.`);
}

/** An id as text, as GraphQL reads one; null when there is none, which the empty text is too: SDKs send it for nobody. */
function idOf(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' || Number.isSafeInteger(value)) return String(value);
  throw refusal('BAD_USER_INPUT', `${name} must be text.`);
}
