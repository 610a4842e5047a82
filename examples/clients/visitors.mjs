// Who comes and what they do, the same for every client.

export const visitors = Array.from({ length: 30 }, (_, n) => `visitor-${n}`);

/** @param {string} key of the experiment */
export const definition = (key) => ({
  key,
  name: `Checkout, by ${key}`,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'one-page', weight: 0.5 },
  ],
  metrics: { primary: { key: `${key}-purchase`, type: /** @type {const} */ ('CONVERSION') } },
  evaluation: { method: /** @type {const} */ ('ALWAYS_VALID'), schedule: 'daily_0000_utc' },
});

/**
 * What `assign` answered for a visitor.
 * @typedef {object} Assigned
 * @property {string} userId
 * @property {string | null} [variant]
 * @property {boolean} inExperiment
 * @property {number | null} [allocationVersion]
 * @property {boolean | null} [exposureRecorded]
 */

/**
 * What to send once visitors were assigned: a purchase of every third, and the exposures that `assign` could not record itself.
 * An id of our own for each event: it may be sent again after a fault, and counts once.
 *
 * @param {string} key of the experiment
 * @param {readonly Assigned[]} assignments
 */
export function eventsOf(key, assignments) {
  const occurredAt = new Date().toISOString();
  return {
    exposures: assignments.flatMap(({ userId, variant, inExperiment, allocationVersion, exposureRecorded }) => {
      if (!variant || !inExperiment || exposureRecorded) return [];
      return [{ eventId: `${key}:exposure:${userId}`, experimentKey: key, variant, allocationVersion, unit: { userId }, occurredAt }];
    }),
    events: assignments
      .filter((_, n) => n % 3 === 0)
      .map(({ userId }) => ({ eventId: `${key}:purchase:${userId}`, metric: `${key}-purchase`, unit: { userId }, occurredAt })),
  };
}

/**
 * @param {readonly { exposures: number, conversions: number }[]} variants of a message of countsUpdated
 * @returns people and purchases over all variants, and whether everybody is counted
 */
export function totals(variants) {
  const sum = (/** @type {'exposures' | 'conversions'} */ member) => variants.reduce((total, each) => total + each[member], 0);
  const [people, purchases] = [sum('exposures'), sum('conversions')];
  return { people, purchases, complete: people === visitors.length && purchases === Math.ceil(visitors.length / 3) };
}
