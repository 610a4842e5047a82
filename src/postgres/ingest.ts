import type pg from 'pg';
import { judge } from '../core/acceptance.js';
import type { DomainError } from '../core/errors.js';
import type { CheckedEvent, CheckedExposure, EventResult } from '../core/event.js';
import { hourCountsOf } from '../core/hour-counts.js';
import { count } from '../core/ingestion.js';
import type { CountingRules, EventStore, IngestAnswer, IngestRequest } from '../services/ports.js';
import { StaleRules } from '../services/ports.js';
import { type Finished, inQuickTransaction, retrying, type Sql } from './database.js';
import { claimOutcomes, outcomesWrite } from './idempotency.js';
import { lockAndRead, readHistory } from './ingest-reads.js';
import { writesOf } from './ingest-writes.js';

/**
 * Stores and counts events: all requests of a group in one transaction, acknowledged after its commit.
 *
 * Units are locked first, in order of their keys: who holds a unit sees all that was counted of it, so that an exposure and an event that
 * arrive together at two instances find one another. Then states are read, core computes, and the differences are written.
 *
 * @param shard of the sums that this writer adds to, 0 to 15; writers with different ones never wait for one another's rows
 */
export function createEventStore(pool: pg.Pool, shard: number): EventStore {
  return {
    ingest: (requests, rules) =>
      retrying(() => inQuickTransaction(pool, (sql) => ingestGroup(sql, requests, rules, shard)), { deadlineMs }),
  };
}

/** Senders wait meanwhile, and others behind them: better that they hear soon when to come again. */
const deadlineMs = 2_000;

type Item = CheckedExposure | CheckedEvent;

async function ingestGroup(
  sql: Sql,
  requests: readonly IngestRequest[],
  rules: CountingRules,
  shard: number,
): Promise<Finished<(IngestAnswer | DomainError)[]>> {
  const claims = await claimOutcomes<IngestAnswer>(sql, requests);
  const live = requests.filter((_, i) => claims[i]?.kind === 'new');
  const items = live.flatMap((request) => request.items.filter(isChecked));

  const fixed = fixedRules(rules);
  const state = await lockAndRead(sql, items, fixed);
  if (state.epoch !== rules.epoch) throw new StaleRules();
  const judgement = judge(items, state);
  const history = await readHistory(sql, judgement.moved, fixed);
  const outcome = count({ ...state, ...fixed, judgement, history });
  const hourCounts = hourCountsOf({ judgement, outcome, rulesOf: fixed.rulesOf });
  const bots = live.map((request) => request.bots);
  const writes = writesOf({ taken: state.taken, judgement, outcome, hourCounts, bots, shard });

  const resultOf = new Map(items.map((item, i) => [item, judgement.results[i] as EventResult]));
  const answerOf = ({ items: asked, receivedAt }: IngestRequest): IngestAnswer => ({
    results: asked.map((item) => (isChecked(item) ? (resultOf.get(item) as EventResult) : item)),
    receivedAt,
    replayed: false,
  });
  const answers = new Map(live.map((request) => [request, answerOf(request)]));
  const kept = outcomesWrite(answers);
  const result = requests.map((request, i): IngestAnswer | DomainError => {
    const claim = claims[i];
    if (claim?.kind === 'refused') return claim.error;
    return claim?.kind === 'replay' ? { ...claim.outcome, replayed: true } : (answers.get(request) as IngestAnswer);
  });
  return { result, writes: kept ? [...writes, kept] : writes };
}

function isChecked(item: IngestRequest['items'][number]): item is Item {
  return 'kind' in item;
}

/** The same answers for the whole batch: an experiment that ceases to count meanwhile counts to its end. */
function fixedRules({ usesOf, rulesOf }: CountingRules): Pick<CountingRules, 'usesOf' | 'rulesOf'> {
  return { usesOf: remembering(usesOf), rulesOf: remembering(rulesOf) };
}

function remembering<T>(ask: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let answer = known.get(name);
    if (answer === undefined) {
      answer = ask(name);
      known.set(name, answer);
    }
    return answer;
  };
}
