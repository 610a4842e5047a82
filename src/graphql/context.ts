import type { DomainError } from '../core/errors.js';
import type { Experiment } from '../core/experiment.js';
import type { Validation } from '../core/validation.js';
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
  /** Whether a trusted proxy says that a crawler asks: its units are bots, whatever they say of themselves. */
  readonly isFromCrawler: boolean;
  /** What it turned out to ask for, for its duration to be told apart. An object of its own, for Apollo runs operations with a copy of the context. */
  readonly asked: { for: 'assignment' | 'assign' | null };
  readonly services: Services;
  /** Made when first asked for: most requests load nothing one by one. */
  readonly batches: () => Batches;
}

/** Loads what many fields of one request ask for one by one. */
export interface Batches {
  readonly counts: (experiment: Experiment) => Promise<CountsRecord | undefined>;
  readonly results: (experiment: Experiment) => Promise<EvaluationRecord | null>;
  readonly validation: (experiment: Experiment) => Promise<Validation>;
}

/** A context with what belongs to its request alone. */
export function createContext({
  requestId,
  caller,
  callerFault,
  device,
  isFromCrawler,
  services,
}: Omit<Context, 'batches' | 'asked'>): Context {
  let batches: Batches | undefined;
  const made = (): Batches => {
    batches ??= createBatches(services);
    return batches;
  };
  return { requestId, caller, callerFault, device, isFromCrawler, asked: { for: null }, services, batches: made };
}

function createBatches({ reads, validations }: Services): Batches {
  return {
    counts: createBatch((experiments) => reads.counts(experiments)),
    results: createBatch((experiments) => reads.latestEvaluations(experiments)),
    validation: createBatch((experiments) => validations.of(experiments)),
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
