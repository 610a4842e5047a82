import type { ArmSums } from '../../src/core/evaluation.js';
import type { MetricDefinition } from '../../src/core/experiment.js';
import { checkGuardrails } from '../../src/core/guardrail.js';
import { bernoulli, emptyTotals, normalValues, type Population, sumsOf } from '../../src/core/simulation/populations.js';
import type { Random } from '../../src/core/simulation/random.js';
import { binomial } from '../../src/core/simulation/samplers.js';
import { metric, plan } from '../core/totals.js';
import { atMost, foundLines } from './judgements.js';
import { alpha } from './methods.js';
import { revenue } from './revenue.js';
import { createTally, type Row, type Study, sortedIn } from './study.js';

const batch = 200;
const looks = 500;

/** A guardrail and what its two arms do. */
interface Case {
  readonly name: string;
  readonly guardrail: Partial<MetricDefinition>;
  readonly control: Population;
  readonly variant: Population;
  /** Share of the control; half when left out. */
  readonly controlShare?: number;
}

const errors = { type: 'CONVERSION', direction: 'DECREASE', threshold: 0.02 } as const;

/** checkGuardrails() read after every 200 units of both arms, 500 times. */
export const guardrails: Study = {
  name: 'guardrails',
  title: 'Guardrails',
  note: 'Read 500 times, after every 200 units of both arms. False: harm of exactly the threshold, or none. True: harm beyond it; units of both arms until the breach.',
  columns: ['case', 'figure'],
  rows: [
    falseRow({ name: 'errors 2%, harm 2 points = threshold', guardrail: errors, control: bernoulli(0.02), variant: bernoulli(0.04) }),
    falseRow({ name: 'errors 2%, no harm, threshold 2 points', guardrail: errors, control: bernoulli(0.02), variant: bernoulli(0.02) }),
    falseRow({
      name: 'errors 2%, no harm, threshold 0',
      guardrail: { ...errors, threshold: 0 },
      control: bernoulli(0.02),
      variant: bernoulli(0.02),
    }),
    falseRow({
      name: 'errors 0.3%, no harm, threshold 0',
      guardrail: { ...errors, threshold: 0 },
      control: bernoulli(0.003),
      variant: bernoulli(0.003),
    }),
    falseRow({
      name: 'latency, harm = threshold',
      guardrail: { type: 'CONTINUOUS', direction: 'DECREASE', threshold: 20 },
      control: normalValues(200, 80),
      variant: normalValues(220, 80),
    }),
    falseRow({
      name: 'revenue, 5% pay, no loss, threshold 0',
      guardrail: { type: 'CONTINUOUS', direction: 'INCREASE', threshold: 0 },
      control: revenue(0.05, 1, 2),
      variant: revenue(0.05, 1, 2),
    }),
    falseRow({
      name: 'the same, split 90 : 10',
      guardrail: { type: 'CONTINUOUS', direction: 'INCREASE', threshold: 0 },
      control: revenue(0.05, 1, 2),
      variant: revenue(0.05, 1, 2),
      controlShare: 0.9,
    }),
    falseRow({
      name: 'errors 2%, no harm, threshold 0, split 90 : 10',
      guardrail: { ...errors, threshold: 0 },
      control: bernoulli(0.02),
      variant: bernoulli(0.02),
      controlShare: 0.9,
    }),
    falseRow({
      name: 'errors 0.5%, harm 99 points = threshold',
      guardrail: { ...errors, threshold: 0.99 },
      control: bernoulli(0.005),
      variant: bernoulli(0.995),
    }),
    falseRow({
      name: 'errors 0.5%, harm 99 points = threshold, split 90 : 10',
      guardrail: { ...errors, threshold: 0.99 },
      control: bernoulli(0.005),
      variant: bernoulli(0.995),
      controlShare: 0.9,
    }),
    trueRow({ name: 'errors 2%, harm 4 points', guardrail: errors, control: bernoulli(0.02), variant: bernoulli(0.06) }, 20_000),
    trueRow({ name: 'errors 2%, harm 6 points', guardrail: errors, control: bernoulli(0.02), variant: bernoulli(0.08) }, 6000),
    trueRow({ name: 'errors 2%, harm 10 points', guardrail: errors, control: bernoulli(0.02), variant: bernoulli(0.12) }, 2000),
    trueRow({ name: 'nobody errs, everybody does', guardrail: errors, control: bernoulli(0), variant: bernoulli(1) }, 600),
    trueRow(
      {
        name: 'latency, harm 2 x threshold',
        guardrail: { type: 'CONTINUOUS', direction: 'DECREASE', threshold: 20 },
        control: normalValues(200, 80),
        variant: normalValues(240, 80),
      },
      2000,
    ),
  ],
};

/** Units of both arms at the breach; null when there was none. */
function unitsAtBreach({ guardrail, control, variant, controlShare = 0.5 }: Case, random: Random): number | null {
  const definition = plan({}, [metric(), metric({ key: 'guard', role: 'GUARDRAIL', action: 'ROLLBACK', ...guardrail })]);
  const arms = [control, variant].map((population) => ({ population, units: 0, totals: emptyTotals() }));
  for (let look = 1; look <= looks; look++) {
    const ofControl = binomial(random, batch, controlShare);
    arms.forEach((arm, index) => {
      const count = index === 0 ? ofControl : batch - ofControl;
      arm.units += count;
      arm.population.add(random, arm.totals, count);
    });
    const sums: readonly ArmSums[] = arms.map(({ units, totals }, index) => ({
      variant: index === 0 ? 'control' : 'green',
      period: 1,
      units,
      metrics: { guard: sumsOf(totals) },
    }));
    if (checkGuardrails(definition, sums)[0]?.breached) return look * batch;
  }
  return null;
}

function breachRow(guarded: Case, runs: readonly [number, number], effort: number): Omit<Row, 'judge'> {
  return {
    key: guarded.name,
    runs,
    effort,
    simulate(random, count) {
      const tally = createTally();
      for (let run = 0; run < count; run++) {
        const units = unitsAtBreach(guarded, random);
        if (units !== null) tally.keep('units', units);
      }
      return tally.result();
    },
  };
}

function falseRow(guarded: Case): Row {
  return {
    ...breachRow(guarded, [1000, 60], looks / 3),
    judge: (tally, runs) => [atMost([guarded.name, 'false rollbacks'], sortedIn(tally, 'units').length, runs, alpha)],
  };
}

/** @param within units of both arms by which 95% are to be found */
function trueRow(guarded: Case, within: number): Row {
  return {
    ...breachRow(guarded, [2000, 200], 10),
    judge(tally, runs) {
      const found = sortedIn(tally, 'units');
      return foundLines((figure) => [guarded.name, figure], { found, runs, within, least: 0.95, last: looks * batch, unit: 'units' });
    },
  };
}
