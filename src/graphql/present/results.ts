import type { Comparison } from '../../core/evaluation.js';
import type { AlertRecord, ApiKeyRecord, AuditRecord, CountsRecord, EvaluationRecord } from '../../services/records.js';
import { nodeId } from '../node-id.js';
import type { AlertObject } from '../types/alert.js';
import type { ApiKeyObject } from '../types/api-key.js';
import type { AuditEntryObject } from '../types/audit.js';
import type { SegmentResultObject } from '../types/comparison.js';
import type { ExperimentCountsObject } from '../types/counts.js';
import type { EvaluationObject } from '../types/evaluation.js';

/** An evaluation with what its field resolvers choose from. */
export interface PresentedEvaluation extends EvaluationObject {
  readonly allComparisons: readonly Comparison[];
  readonly allSegments: readonly SegmentResultObject[];
}

/** An evaluation as it was stored. */
export function presentEvaluation({
  experimentId,
  experimentKey,
  sequence,
  at,
  result,
  provenance,
}: EvaluationRecord): PresentedEvaluation {
  const { comparisons, segments, ...shown } = result;
  return {
    ...shown,
    id: nodeId('Evaluation', experimentId, sequence),
    experimentKey,
    sequence,
    at,
    provenance,
    allComparisons: comparisons,
    allSegments: segments,
  };
}

export function presentCounts({ experimentId, ...counts }: CountsRecord): ExperimentCountsObject {
  return { id: nodeId('ExperimentCounts', experimentId), ...counts };
}

export function presentAlert({ id, ...alert }: AlertRecord): AlertObject {
  return { ...alert, id: nodeId('Alert', id) };
}

export function presentAuditEntry({ id, ...entry }: AuditRecord): AuditEntryObject {
  return { ...entry, id: nodeId('AuditEntry', id) };
}

export function presentApiKey({ id, ...key }: ApiKeyRecord): ApiKeyObject {
  return { ...key, id: nodeId('ApiKey', id) };
}
