import { LRUCache } from 'lru-cache';
import { unknownExposure } from '../core/assignment.js';
import type { RecordedExposures } from './ports.js';

/**
 * Which variant a unit was first exposed to: from memory, then the cache, then the store of record, and within a deadline, for an assignment
 * never waits for a store that is away. Look-ups that arrive together share one question.
 */

export interface UnitOfExperiment {
  readonly experimentId: string;
  readonly unitId: string;
}

/** A cache that may forget and may be away: every failure is a miss. */
export interface ExposureCache {
  get(units: readonly UnitOfExperiment[]): Promise<readonly (string | null)[]>;
  set(exposures: readonly (UnitOfExperiment & { readonly variant: string })[]): Promise<void>;
}

export interface RecordedVariantsParts {
  readonly cache: ExposureCache;
  readonly recorded: RecordedExposures;
  readonly deadlineMs?: number;
}

interface Question extends UnitOfExperiment {
  readonly answer: (variant: string | null | typeof unknownExposure) => void;
}

export type RecordedVariants = ReturnType<typeof createRecordedVariants>;

export function createRecordedVariants({ cache, recorded, deadlineMs = 50 }: RecordedVariantsParts) {
  // Bindings never change, so only those are kept that exist: "not exposed yet" may be old the moment after.
  const memory = new LRUCache<string, string>({ max: 100_000 });
  let questions: Question[] = [];

  const nameOf = ({ experimentId, unitId }: UnitOfExperiment): string => `${experimentId} ${unitId}`;

  async function answerAll(): Promise<void> {
    const asked = questions;
    questions = [];
    try {
      const cached = await cache.get(asked);
      const open: Question[] = [];
      for (const [i, question] of asked.entries()) {
        const variant = cached[i] ?? null;
        if (variant === null) open.push(question);
        else remember(question, variant);
      }
      if (open.length === 0) return;
      const found = await recorded.variantsOf(open);
      const fresh: (UnitOfExperiment & { readonly variant: string })[] = [];
      for (const [i, question] of open.entries()) {
        const variant = found[i] ?? null;
        if (variant === null) question.answer(null);
        else {
          remember(question, variant);
          fresh.push({ experimentId: question.experimentId, unitId: question.unitId, variant });
        }
      }
      if (fresh.length > 0) await cache.set(fresh);
    } catch {
      for (const question of asked) question.answer(unknownExposure);
    }
  }

  function remember(question: Question, variant: string): void {
    memory.set(nameOf(question), variant);
    question.answer(variant);
  }

  return {
    /** The variant's key; null when the unit was never exposed; UNKNOWN when nobody answered in time. */
    async variantOf(unit: UnitOfExperiment): Promise<string | null | typeof unknownExposure> {
      const known = memory.get(nameOf(unit));
      if (known !== undefined) return known;
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(unknownExposure), deadlineMs);
        const answer: Question['answer'] = (variant) => {
          clearTimeout(timer);
          resolve(variant);
        };
        if (questions.length === 0) setImmediate(() => void answerAll());
        questions.push({ ...unit, answer });
      });
    },
    /** Takes note of exposures that this instance has committed. */
    note(exposures: readonly (UnitOfExperiment & { readonly variant: string })[]): void {
      if (exposures.length === 0) return;
      for (const exposure of exposures) memory.set(nameOf(exposure), exposure.variant);
      cache.set(exposures).catch(() => {});
    },
    /** Forgets all units; those that are asked for are looked up again. */
    clear: (): void => memory.clear(),
    /** Whether this instance knows the unit's exposure to be committed. */
    isKnown: (unit: UnitOfExperiment): boolean => memory.has(nameOf(unit)),
  };
}
