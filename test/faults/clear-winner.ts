import { abTest, createExperiment, startExperiment, trackEvents } from './operations.js';
import type { Instance } from './process.js';
import type { Random } from './random.js';

const visitors = 400;
const perQuestion = 25;
const places = Array.from({ length: perQuestion }, (_, i) => i);
const question = `query (${places.map((i) => `$u${i}: UnitInput!`).join(' ')}) {
  ${places.map((i) => `a${i}: assignment(experimentKey: "bandit", unit: $u${i}) { variant }`).join(' ')} }`;

/** Starts the experiment `bandit`, whose winner is clear and whose weights need many steps to follow: each of its ticks moves them. */
export async function startClearWinner(by: Instance, random: Random, intervalSeconds: number): Promise<void> {
  const bandit = { intervalSeconds, smoothing: 0.5, minUnitsPerArm: 50, burnInSeconds: 0 };
  await by.ask(createExperiment, { input: abTest('bandit', { design: 'BANDIT', bandit }) });
  await by.ask(startExperiment, { key: 'bandit' });
  const occurredAt = new Date().toISOString();
  const exposures: object[] = [];
  const events: object[] = [];
  for (let from = 0; from < visitors; from += perQuestion) {
    const units = places.map((i) => ({ userId: `visitor ${from + i}` }));
    const answer = await by.ask(question, Object.fromEntries(units.map((unit, i) => [`u${i}`, unit])), 'CLIENT');
    for (const [i, unit] of units.entries()) {
      const { variant } = answer[`a${i}`];
      exposures.push({ eventId: `x ${unit.userId}`, experimentKey: 'bandit', unit, variant, occurredAt });
      if (random.next() < (variant === 'b' ? 0.4 : 0.1)) events.push({ eventId: `e ${unit.userId}`, metric: 'bought', unit, occurredAt });
    }
  }
  const { trackEvents: payload } = await by.ask(trackEvents, { input: { exposures, events } }, 'CLIENT');
  if (payload.rejected > 0) throw new Error(JSON.stringify(payload));
}
