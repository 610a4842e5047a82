import { slotCount, toSlots } from '../allocation.js';
import type { ArmSums, VersionUnits } from '../evaluation-types.js';
import { boundsOf } from '../reallocation.js';
import { populationOf, type SimulatedPlan } from './plan.js';
import { emptyTotals, type Population, sumsOf, type Totals } from './populations.js';
import type { Random } from './random.js';
import { multinomial } from './samplers.js';

/** Units an arm at which an analysis period ends with the next move of weights, as allocations are saved. */
const unitsPerPeriod = 100;

/** One variant in one period. */
interface Cell {
  units: number;
  /** Units whose values are still to be drawn: all that are read together are drawn together. */
  waiting: number;
  /** In the order of the metrics. */
  readonly totals: readonly Totals[];
}

/** The units of one simulated experiment, as the stores would sum them. */
export type Traffic = ReturnType<typeof createTraffic>;

/** A unit's values are all known when it comes. */
export function createTraffic(plan: SimulatedPlan, random: Random) {
  const { variants, metrics } = plan.definition;
  const populations: readonly (readonly Population[])[] = variants.map(({ key }) =>
    metrics.map((metric) => populationOf(plan, metric, key)),
  );
  const periods = [emptyPeriod()];
  const versions: { version: number; propensities: readonly number[]; units: number[] }[] = [];
  let weights = toSlots(variants.map(({ weight }) => weight)).map((slots) => slots / slotCount);
  let admitted = 0;
  openVersion();

  function emptyPeriod(): readonly Cell[] {
    return variants.map(() => ({ units: 0, waiting: 0, totals: metrics.map(emptyTotals) }));
  }

  function openVersion(): void {
    versions.push({ version: versions.length + 1, propensities: weights, units: variants.map(() => 0) });
  }

  function drawWaiting(): void {
    for (const cells of periods) {
      cells.forEach((cell, variant) => {
        if (cell.waiting === 0) return;
        populations[variant]?.forEach((population, metric) => {
          const totals = cell.totals[metric];
          if (totals) population.add(random, totals, cell.waiting);
        });
        cell.waiting = 0;
      });
    }
  }

  return {
    weights: (): readonly number[] => weights,

    /** Lets units in until so many have come; each draws its variant. @returns those that came, by variant */
    admitTo(units: number): readonly number[] {
      const counts = multinomial(random, Math.max(0, units - admitted), weights);
      admitted = Math.max(admitted, units);
      counts.forEach((count, variant) => {
        const cell = periods.at(-1)?.[variant];
        const version = versions.at(-1);
        if (!cell || !version) return;
        cell.units += count;
        cell.waiting += count;
        version.units[variant] = (version.units[variant] ?? 0) + count;
      });
      return counts;
    },

    /** Whether every variant that is served has so many units. */
    holdsInEach(least: number): boolean {
      return variants.every((_, variant) => {
        const units = periods.reduce((sum, cells) => sum + (cells[variant]?.units ?? 0), 0);
        return units >= least || (weights[variant] === 0 && units === 0);
      });
    },

    arms(): readonly ArmSums[] {
      drawWaiting();
      return periods.flatMap((cells, period) =>
        cells.map(({ units, totals }, variant) => ({
          variant: variants[variant]?.key ?? '',
          period: period + 1,
          units,
          metrics: Object.fromEntries(
            metrics.map(({ key }, metric) => [key, sumsOf(totals[metric] ?? emptyTotals(), populations[variant]?.[metric]?.hasSecond)]),
          ),
        })),
      );
    },

    versions: (): readonly VersionUnits[] => versions.map((version) => ({ ...version, units: [...version.units] })),

    /** Puts other weights in force, in whole slots within the bandit's bounds. */
    reweigh(wanted: readonly number[]): void {
      weights = toSlots(wanted, boundsOf(plan.definition)).map((slots) => slots / slotCount);
      openVersion();
      if (periods.at(-1)?.every(({ units }) => units >= unitsPerPeriod)) periods.push(emptyPeriod());
    },
  };
}
