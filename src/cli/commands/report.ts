import type { Command } from 'commander';
import { ExitCode, type Session, sessionOf, UsageError } from '../command.js';

interface Report {
  readonly experimentKey: string;
  readonly text: string;
}

interface KeysPage {
  readonly nodes: readonly { readonly key: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const everything = `experimentKey experimentName status at since days decision previousDecision winner evaluatedAt summary changes advice
  variants { variant isControl isEnabled weight previousWeight exposures conversions newExposures newConversions }
  effects { metric metricType role variant controlUnits variantUnits controlMean variantMean effect previousEffect lift liftInterval { lower upper level }
    interval { lower upper level } pValue adjustedPValue probabilityToBeatControl expectedLoss significant outcome unknownReason confirmatory }
  sampleRatio { passed pValue chiSquarePValue } guardrails { metric variant breached effect threshold action }
  openAlerts { kind severity message at }`;

const runningKeys = `query CliRunning($after: String) { experiments(first: 100, after: $after, filter: { status: [RUNNING, DRY_RUN] }) {
  nodes { key } pageInfo { hasNextPage endCursor } } }`;

/** `report`: what the daily report has of experiments, as of now. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('what changed, how it stands, what to do: as the daily report, as of now')
    .argument('[key...]', 'experiments; all that are running when none is named')
    .option('--since <time>', 'what changes are told from, e.g. 2026-11-20T08:00:00Z; a day ago when left out', instantOf)
    .option('--json', 'as a list in JSON, with everything')
    .action(async (keys: string[], { since = null, json = false }: { since?: string | null; json?: boolean }, command: Command) => {
      const session = sessionOf(command);
      const named = keys.length > 0 ? keys : await runningOf(session);
      const reports: Report[] = [];
      for (const key of named) reports.push(await reportOf(session, key, since, json ? everything : 'experimentKey text'));
      if (json) return session.out.json(reports);
      if (reports.length === 0) return session.out.note('No experiment is running.');
      session.out.print(reports.map(({ text }) => text).join(`\n\n${'-'.repeat(40)}\n\n`));
    });
}

async function runningOf({ api }: Session): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | null = null; ; ) {
    const { experiments }: { experiments: KeysPage } = await api(runningKeys, { after });
    keys.push(...experiments.nodes.map(({ key }) => key));
    if (!experiments.pageInfo.hasNextPage) return keys;
    after = experiments.pageInfo.endCursor;
  }
}

async function reportOf({ api }: Session, key: string, since: string | null, members: string): Promise<Report> {
  const document = `query CliReport($key: ID!, $since: DateTime) { experiment(key: $key) { status report(since: $since) { ${members} } } }`;
  const { experiment } = await api<{ experiment: { status: string; report: Report | null } | null }>(document, { key, since });
  if (!experiment) throw new ExitCode(1, `There is no experiment ${key}.`);
  if (!experiment.report) throw new ExitCode(1, `${key} (${experiment.status}) has never run: there is nothing to report.`);
  return experiment.report;
}

/** @throws UsageError */
function instantOf(text: string): string {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant.toISOString();
  throw new UsageError(`--since: received ${JSON.stringify(text)}; expected a time such as 2026-11-20T08:00:00Z.`);
}
