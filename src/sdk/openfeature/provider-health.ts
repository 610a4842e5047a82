import { ErrorCode, ProviderFatalError, ProviderNotReadyError } from '@openfeature/core';
import type { ClientFault } from '../fault.js';
import type { Source } from '../readiness.js';

/**
 * What a provider says of itself. The SDK tells by itself what becomes of `initialize`; what comes later is told by events.
 *
 *   initialize ──answered──▶ READY ◀──answered── STALE    (the service is lost: what is held goes on being given)
 *        │                     └──────lost────────▶┘
 *        └──nothing──▶ ERROR, or FATAL when the key is to blame; READY when the service answers after all
 *
 * A key that is refused later is told as ERROR.
 */

export type HealthEvent = 'Ready' | 'Stale' | 'Error';

export type HealthDetails = { readonly message?: string; readonly errorCode?: ErrorCode };

const keyFaults = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

export function createProviderHealth({ emit }: { readonly emit: (event: HealthEvent, details: HealthDetails) => void }) {
  let lost: ClientFault | null = null;
  let told: HealthEvent | null = null;

  function tell(event: HealthEvent, details: HealthDetails = {}): void {
    if (told === null || told === event) return;
    told = event;
    emit(event, details);
  }

  return {
    /** For `onConnection` of the client. */
    connection(fault: ClientFault | null): void {
      lost = fault;
      if (fault === null) tell('Ready');
      else if (keyFaults.has(fault.code)) tell('Error', { message: fault.message, errorCode: ErrorCode.GENERAL });
      else tell('Stale', { message: fault.message });
    },

    /** Ends `initialize`. @throws ProviderFatalError, ProviderNotReadyError when there is nothing to give */
    started(source: Source): void {
      if (source === 'NONE') {
        told = 'Error';
        const message = lost?.message ?? 'The service has not answered in time.';
        throw lost && keyFaults.has(lost.code) ? new ProviderFatalError(message) : new ProviderNotReadyError(message);
      }
      told = 'Ready';
      // After the SDK has told of READY, which it does when `initialize` has resolved.
      if (lost || source === 'STORAGE') setTimeout(() => tell('Stale', { message: lost?.message ?? 'Answers are of an earlier visit.' }));
    },

    /** Ends all events. */
    stopped(): void {
      told = null;
    },
  };
}
