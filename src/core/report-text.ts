import { adjustedPText, effectText } from './effect-words.js';
import { chance, count, percent, pText } from './number-words.js';
import type { Report, ReportEffect, ReportVariant } from './report.js';

/** A report as plain text without markup, for a terminal, a chat or a mail. */
export function reportText(report: Report): string {
  const { experimentKey, experimentName, status, days, since, at, decision, evaluatedAt, summary } = report;
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['What to do', report.advice.map((line) => `- ${line}`)],
    ['What changed', report.changes.map((line) => `- ${line}`)],
    ['Variants', tableOf(report.variants)],
    ['Effects', report.effects.map(effectLine)],
    ['Health', healthLines(report)],
  ];
  return [
    `${experimentKey} (${experimentName}): ${status}${ageOf(days)}`,
    `${minute(since)} to ${minute(at)} UTC`,
    '',
    decision === null ? summary : `${decision}: ${summary}`,
    ...(evaluatedAt === null ? [] : [`Judged at ${minute(evaluatedAt)} UTC.`]),
    ...sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : ['', title, ...lines])),
  ].join('\n');
}

/** Since the start; empty in a dry run. */
function ageOf(days: number | null): string {
  if (days === null) return '';
  return days === 0 ? ', less than a day old' : `, ${days === 1 ? '1 day' : `${days} days`} old`;
}

/** @example minute('2026-11-21T08:00:03.120Z'); // '2026-11-21 08:00' */
function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

function tableOf(variants: readonly ReportVariant[]): string[] {
  const rows = [
    ['variant', 'weight', 'units', 'new', 'converted', 'new'],
    ...variants.map(({ variant, isControl, isEnabled, weight, previousWeight, ...counts }) => [
      `${variant}${isControl ? ' (control)' : ''}${isEnabled ? '' : ' (off)'}`,
      previousWeight === null || percent(previousWeight) === percent(weight)
        ? percent(weight)
        : `${percent(weight)}, was ${percent(previousWeight)}`,
      count(counts.exposures),
      `+${count(counts.newExposures)}`,
      count(counts.conversions),
      `+${count(counts.newConversions)}`,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function effectLine(effect: ReportEffect): string {
  const { metric, role, variant, outcome, unknownReason } = effect;
  const name = `${metric} (${role.toLowerCase()}), ${variant}`;
  const known = effect.effect === null ? [] : [estimate(effect), outcome];
  const unknown = unknownReason === null ? [] : [`${known.length === 0 ? 'unknown' : 'not all is known'} (${unknownReason})`];
  return `${name}: ${[...known, ...unknown].join('; ')}`;
}

/** In the words of an evaluation's summary. */
function estimate(comparison: ReportEffect): string {
  const { metricType, adjustedPValue, probabilityToBeatControl } = comparison;
  const change = effectText(comparison, metricType === 'CONVERSION');
  if (adjustedPValue !== null) return `${change}; ${adjustedPText({ ...comparison, adjustedPValue })}`;
  return probabilityToBeatControl === null ? change : `${change}; better with probability ${chance(probabilityToBeatControl)}`;
}

function healthLines({ sampleRatio, guardrails, openAlerts }: Report): string[] {
  const ratio = sampleRatio && `Sample ratio: ${sampleRatio.passed ? 'fits' : 'does NOT fit'} (p ${pText(sampleRatio.pValue)})`;
  return [
    ...(ratio === null ? [] : [ratio]),
    ...guardrails.map(({ metric, variant, breached }) => `Guardrail ${metric}, ${variant}: ${breached ? 'BREACHED' : 'holds'}`),
    ...(openAlerts.length === 0 ? ['No open alerts'] : openAlerts.map(({ kind, message }) => `${kind}: ${message}`)),
  ];
}
