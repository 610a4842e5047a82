import type { ArmSums, GuardrailStatus } from './evaluation-types.js';
import type { Definition } from './experiment.js';

/** Each variant against each guardrail from live totals; ordered by metric and then by variant. Never throws on bad totals: an unknown effect is no breach. */
export declare function checkGuardrails(definition: Definition, arms: readonly ArmSums[]): readonly GuardrailStatus[];
