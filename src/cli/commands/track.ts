import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ApiClient, ApiError } from '../client.js';
import { ExitCode, numberOf, sessionOf } from '../command.js';
import { csvFields, trackedOf } from '../tracked.js';

interface Tracked {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly results: readonly {
    readonly eventId: string;
    readonly status: string;
    readonly code: string | null;
    readonly message: string | null;
  }[];
}

const document = `mutation CliTrack($input: TrackEventsInput!) { trackEvents(input: $input) { accepted duplicates rejected results { eventId status code message } } }`;

const batchSize = 500;
const mostTries = 30;
const mostShown = 20;

/** `track`: sends events from a file. */
export function addTrackCommand(program: Command): void {
  program
    .command('track')
    .description('send events from NDJSON or CSV; sending a file again counts nothing twice')
    .argument('<file>', '.csv, or NDJSON of MetricEventInput and ExposureInput; - reads NDJSON from stdin')
    .option('--from-line <n>', 'resume at this line', numberOf('--from-line'), 1)
    .addHelpText(
      'after',
      '\nA line without eventId gets one made of the line itself and its number.\nCSV headings: eventId, metric, value, occurredAt, experimentKey, variant, userId, deviceId, tenantId.',
    )
    .action(async (file: string, { fromLine }: { fromLine: number }, command: Command) => {
      const { api, out } = sessionOf(command);
      const sum = { accepted: 0, duplicates: 0, rejected: 0 };
      let shown = 0;
      let line = 0;
      for await (const batch of batchesOf(file, fromLine)) {
        const { accepted, duplicates, rejected, results } = await sent(api, batch.items, out.note);
        line = batch.lastLine;
        sum.accepted += accepted;
        sum.duplicates += duplicates;
        sum.rejected += rejected;
        for (const { eventId, status, code, message } of results) {
          if (status === 'REJECTED' && shown++ < mostShown) out.note(`${eventId}: ${code}: ${message}`);
        }
        const text = `line ${line}: ${sum.accepted} accepted, ${sum.duplicates} duplicates, ${sum.rejected} rejected`;
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
      }
      if (process.stderr.isTTY) process.stderr.write('\n');
      out.json({ ...sum, lines: line });
      if (sum.rejected > 0) throw new ExitCode(1, `${sum.rejected} events were rejected; nothing of the rest was lost.`);
    });
}

interface Batch {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly lastLine: number;
}

/** Items of a file, by the batch. @throws ExitCode naming the line that cannot be read */
async function* batchesOf(file: string, fromLine: number): AsyncIterable<Batch> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const isCsv = file.endsWith('.csv');
  // The time of the file, for it stays: the same event with another time would be another event under a used id.
  const occurredAt = (file === '-' ? new Date() : (await stat(file)).mtime).toISOString();
  let items: Record<string, unknown>[] = [];
  let headings: readonly string[] | null = null;
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    if (isCsv && headings === null) {
      headings = csvFields(line);
      continue;
    }
    if (number < fromLine) continue;
    try {
      const eventId = createHash('sha256').update(`${number}\n${line}`).digest('hex').slice(0, 32);
      items.push({ eventId, occurredAt, ...trackedOf(line, headings) });
    } catch (error) {
      throw new ExitCode(1, `${file}, line ${number}: ${(error as Error).message} Go on with --from-line ${number}.`);
    }
    if (items.length === batchSize) {
      yield { items, lastLine: number };
      items = [];
    }
  }
  if (items.length > 0) yield { items, lastLine: number };
}

/** Sends until the server takes it: the ids stay, so what it had taken already counts as a duplicate. */
async function sent(api: ApiClient, items: Batch['items'], note: (line: string) => void): Promise<Tracked> {
  const input = {
    events: items.filter((item) => item.variant === undefined),
    exposures: items.filter((item) => item.variant !== undefined),
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return (await api<{ trackEvents: Tracked }>(document, { input })).trackEvents;
    } catch (error) {
      const isFinal = error instanceof ApiError && error.code !== 'UNAVAILABLE';
      if (isFinal || attempt === mostTries) throw error;
      const seconds =
        error instanceof ApiError && error.retryAfterSeconds !== null ? error.retryAfterSeconds : Math.min(10, 0.2 * 2 ** attempt);
      if (attempt === 1) note(`${(error as Error).message} Trying again …`);
      await setTimeout(seconds * 1_000);
    }
  }
}
