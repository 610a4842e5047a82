import { type UnitExposure, withExposure } from './counting.js';
import { accepted, type CheckedEvent, type CheckedExposure, duplicate, type EventResult, mostAheadMs, rejected } from './event.js';

/** What becomes of each event of a batch, and which exposures move. How totals and sums move then is in `ingestion.ts`. */

/** An experiment and a unit of it. */
export type UnitKey = `${string} ${string}`;
export const unitKey = (experimentId: string, unitId: string): UnitKey => `${experimentId} ${unitId}`;

/** What the store knows of an experiment at the moment of counting. */
export interface CountingState {
  /** Milliseconds since the epoch; null while it goes on. */
  readonly endedAt: number | null;
  /** Units whose variant is forced. */
  readonly overridden: ReadonlySet<string>;
}

export interface BatchState {
  /** Content hashes of those of the batch's ids that were accepted before. */
  readonly ledger: ReadonlyMap<string, string>;
  /** Ids of events received since then are all in the ledger, and the events in the store; milliseconds since the epoch. */
  readonly keptSince: number;
  readonly exposures: ReadonlyMap<UnitKey, UnitExposure>;
  readonly experiments: ReadonlyMap<string, CountingState>;
}

export interface Judgement {
  /** One for each item, in order. */
  readonly results: readonly EventResult[];
  readonly exposures: readonly CheckedExposure[];
  readonly events: readonly CheckedEvent[];
  /** Exposures that are new or moved, as they are now. */
  readonly moved: ReadonlyMap<UnitKey, UnitExposure>;
  /** Units whose exposure claimed a variant that they were not served. */
  readonly mismatched: readonly { readonly experimentId: string; readonly unitId: string }[];
}

/** Decides what becomes of each item. Of items with one id in the batch the first counts. */
export function judge(items: readonly (CheckedExposure | CheckedEvent)[], state: BatchState): Judgement {
  const hashes = new Map(state.ledger);
  const moved = new Map<UnitKey, UnitExposure>();
  const exposures: CheckedExposure[] = [];
  const events: CheckedEvent[] = [];
  const mismatched: { experimentId: string; unitId: string }[] = [];

  const results = items.map((item): EventResult => {
    const known = hashes.get(item.eventId);
    if (known === item.contentHash) return duplicate(item.eventId);
    if (known !== undefined) {
      return rejected(item.eventId, 'EVENT_ID_REUSED', `The eventId "${item.eventId}" was accepted before with other content.`);
    }
    // It may have been received as soon as a sender whose clock was ahead can have sent it, and its id be forgotten since.
    if (item.occurredAt - mostAheadMs < state.keptSince) return rejected(item.eventId, 'TOO_OLD', tooOld(item, state.keptSince));
    if (item.kind === 'event') {
      events.push(item);
    } else {
      const key = unitKey(item.experimentId, item.unitId);
      const exposure = moved.get(key) ?? state.exposures.get(key) ?? null;
      const fault = faultOf(item, exposure, state.experiments.get(item.experimentId));
      if (fault !== null) {
        mismatched.push({ experimentId: item.experimentId, unitId: item.unitId });
        return rejected(item.eventId, 'VARIANT_MISMATCH', fault);
      }
      const next = withExposure(exposure, item);
      if (next !== exposure) moved.set(key, next);
      exposures.push(item);
    }
    hashes.set(item.eventId, item.contentHash);
    return accepted(item.eventId);
  });
  return { results, exposures, events, moved, mismatched };
}

function tooOld({ occurredAt }: CheckedExposure | CheckedEvent, keptSince: number): string {
  const [received, oldest] = [occurredAt, keptSince + mostAheadMs].map((at) => new Date(at).toISOString());
  return `Received ${received}; of what happened before ${oldest} it is not known any more whether it was counted.`;
}

function faultOf(claim: CheckedExposure, known: UnitExposure | null, experiment: CountingState | undefined): string | null {
  const ended = experiment?.endedAt ?? null;
  if (ended !== null && Math.min(claim.occurredAt, claim.receivedAt) > ended) {
    return `The experiment ended at ${new Date(ended).toISOString()}; received an exposure after it.`;
  }
  if (experiment?.overridden.has(claim.unitId)) return 'The unit has an override, which is never counted.';
  if (known !== null) {
    return known.variant === claim.variant ? null : `Received variant "${claim.variant}"; the unit was served "${known.variant}".`;
  }
  return claim.servable ? null : `Received variant "${claim.variant}", which the server could not have served to this unit.`;
}
