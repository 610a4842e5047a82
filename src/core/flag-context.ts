import { refusal, refuseIfAny } from './errors.js';
import { checkUnit, type Unit } from './unit.js';

/**
 * The unit that a context of OpenFeature speaks of.
 *
 * `userId`, `deviceId`, `tenantId` and `isBot` are the unit's members of these names; every other member is an attribute. `targetingKey` stands
 * in for a missing `userId` and for a missing `deviceId`, for whichever of them an experiment hashes; never for `tenantId`, since a person is no
 * cluster of people.
 *
 * @throws DomainError BAD_USER_INPUT for what is no context, and the faults of the unit
 */
export function unitOfContext(context: unknown): Unit {
  if (!isObject(context)) throw refusal('BAD_USER_INPUT', 'context must be a JSON object.');
  const { targetingKey, userId, deviceId, tenantId, isBot, ...attributes } = context;
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id as text, as GraphQL reads one; null when there is none, which the empty text is too: SDKs send it for nobody. */
function idOf(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' || Number.isSafeInteger(value)) return String(value);
  throw refusal('BAD_USER_INPUT', `${name} must be text.`);
}
