import type { DomainError } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import type { ApiKeyRecord, CountsRecord, EvaluationRecord } from '../services/records.js';
import { createBatch } from './batch.js';
import type { Services } from './services.js';

/** The id of a browser that the server made, for units that lack the one an experiment hashes. */
export interface Device {
  /** What the browser sent back, or what was made for this request; null before either. */
  readonly id: string | null;
  /** Whether it was made in this request, and the answer must set the cookie. */
  readonly isNew: boolean;
  /** The id there is, else a new one. */
  claim(): string;
}

/** What every resolver gets with its request. */
export interface Context {
  /** Stands in the log and in errors. */
  readonly requestId: string;
  /** The key that asks; null without a valid one. */
  readonly caller: ApiKeyRecord | null;
  /** Why it could not be told whether the key is valid; null when it could. */
  readonly callerFault: DomainError | null;
  readonly device: Device;
  readonly services: Services;
  /** Made when first asked for: most requests load nothing one by one. */
  readonly batches: () => Batches;
}

/** Loads what many fields of one request ask for one by one. */
export interface Batches {
  readonly counts: (experiment: Experiment) => Promise<CountsRecord | undefined>;
  readonly results: (experiment: Experiment) => Promise<EvaluationRecord | null>;
}

/** A context with what belongs to its request alone. */
export function createContext({ requestId, caller, callerFault, device, services }: Omit<Context, 'batches'>): Context {
  let batches: Batches | undefined;
  const made = (): Batches => {
    batches ??= createBatches(services);
    return batches;
  };
  return { requestId, caller, callerFault, device, services, batches: made };
}

function createBatches({ reads }: Services): Batches {
  return {
    counts: createBatch((experiments) => reads.counts(experiments)),
    results: createBatch((experiments) => reads.latestEvaluations(experiments)),
  };
}

/** @param known  id that the browser sent; ids that no server made are ignored */
export function createDevice(known: string | null, makeId: () => string): Device {
  // Plain members: to make accessors anew for each request costs more than all that an assignment decides.
  const device = {
    id: known && /^[\w-]{8,64}$/.test(known) ? known : null,
    isNew: false,
    claim(): string {
      if (device.id !== null) return device.id;
      device.isNew = true;
      device.id = makeId();
      return device.id;
    },
  };
  return device;
}
