import type { Report } from '../../core/report.js';
import { reportText } from '../../core/report-text.js';
import type { ExperimentReportObject } from '../types/report.js';

/** A report with its text; its times are instants again. */
export function presentReport(report: Report): ExperimentReportObject {
  return {
    ...report,
    at: new Date(report.at),
    since: new Date(report.since),
    evaluatedAt: report.evaluatedAt === null ? null : new Date(report.evaluatedAt),
    openAlerts: report.openAlerts.map((alert) => ({ ...alert, at: new Date(alert.at) })),
    text: reportText(report),
  };
}
