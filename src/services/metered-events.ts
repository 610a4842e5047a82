import { DomainError } from '../core/errors.js';
import type { Events } from './events.js';
import type { EventMeter } from './meters.js';

/** The same, with each event told to the meter twice: as it comes, and with what became of it. */
export function meterEvents({ track }: Events, meter: EventMeter): Events {
  return {
    async track(sender, input) {
      const [exposures, events] = [input.exposures.length, input.events.length];
      meter.received(exposures, events);
      try {
        const answer = await track(sender, input);
        meter.answered(exposures, answer.results, answer.replayed);
        return answer;
      } catch (error) {
        meter.refused(exposures, events, error instanceof DomainError ? error.code : 'INTERNAL_SERVER_ERROR');
        throw error;
      }
    },
  };
}
