import type { AllocationRecord } from '../../services/records.js';
import { nodeId } from '../node-id.js';
import type { AllocationObject } from '../types/allocation.js';
import type { WeightUpdateObject } from '../types/live.js';

type Shown = Pick<AllocationRecord, 'experimentId' | 'version' | 'trafficAllocation' | 'weights' | 'cause' | 'startedAt' | 'endedAt'>;

export function presentAllocation(allocation: Shown): AllocationObject {
  const { experimentId, version, trafficAllocation, weights, cause, startedAt, endedAt } = allocation;
  return { id: nodeId('Allocation', experimentId, version), version, trafficAllocation, weights, cause, startedAt, endedAt };
}

/** A new allocation as its subscribers see it; its number among the messages is its version. */
export function presentWeightUpdate(experimentKey: string, allocation: AllocationRecord): WeightUpdateObject {
  const { version, startedAt, cause, trafficAllocation, weights, previousWeights, probabilityBest } = allocation;
  return { experimentKey, sequence: version, at: startedAt, version, cause, trafficAllocation, weights, previousWeights, probabilityBest };
}
