import { banditInference } from './bandit-inference.js';
import { banditRegret } from './bandit-regret.js';
import { bayesianLoss } from './bayesian.js';
import { coverage } from './coverage.js';
import { falsePositives } from './false-positives.js';
import { families } from './families.js';
import { fixedTests } from './fixed-tests.js';
import { guardrails } from './guardrails.js';
import { hardFalsePositives } from './hardships.js';
import { health } from './health.js';
import { planning } from './planning.js';
import { decisionTime, power } from './power.js';
import { sampleRatio } from './sample-ratio.js';
import type { Study } from './study.js';

/** Every table, in the order in which they are printed. */
export const studies: readonly Study[] = [
  fixedTests,
  falsePositives,
  hardFalsePositives,
  power,
  planning,
  decisionTime,
  bayesianLoss,
  coverage,
  families,
  sampleRatio,
  guardrails,
  health,
  banditRegret,
  banditInference,
];
