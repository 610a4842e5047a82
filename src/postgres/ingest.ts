import type pg from 'pg';
import { judge, type Received } from '../core/acceptance.js';
import type { DomainError } from '../core/errors.js';
import type { CheckedEvent, CheckedExposure, EventResult } from '../core/event.js';
import { count } from '../core/ingestion.js';
import type { CountingRules, EventStore, IngestAnswer, IngestRequest } from '../services/ports.js';
import { StaleRules } from '../services/ports.js';
import { inTransaction, retrying, type Sql } from './database.js';
import { claimOutcomes, saveOutcome } from './idempotency.js';
import { lockUnits, readBatchState, readHistory, readRulesEpoch } from './ingest-reads.js';
import { writeBatch } from './ingest-writes.js';

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
    ingest: (requests, rules) => retrying(() => inTransaction(pool, (sql) => ingestGroup(sql, requests, rules, shard)), { deadlineMs }),
  };
}

/** Senders wait meanwhile, and others behind them: better that they hear soon when to come again. */
const deadlineMs = 2_000;

type Item = Received<CheckedExposure | CheckedEvent>;

async function ingestGroup(sql: Sql, requests: readonly IngestRequest[], rules: CountingRules, shard: number) {
  const claims = await claimOutcomes<IngestAnswer>(sql, requests);
  const live = requests.filter((_, i) => claims[i]?.kind === 'new');
  const items = live.flatMap((request) =>
    request.items.filter(isChecked).map((item): Item => ({ ...item, receivedAt: request.receivedAt })),
  );

  await lockUnits(sql, items, rules);
  // Read after the locks: an experiment that got its first exposure of a locked unit is known from here on.
  if ((await readRulesEpoch(sql)) !== rules.epoch) throw new StaleRules();
  const state = await readBatchState(sql, items, rules);
  const judgement = judge(items, state);
  const history = await readHistory(sql, judgement.moved, rules);
  const outcome = count({ ...state, judgement, history, usesOf: rules.usesOf, rulesOf: rules.rulesOf });
  await writeBatch(sql, { judgement, outcome, bots: live.map((request) => request.bots), shard });

  const results = judgement.results[Symbol.iterator]();
  const answers: (IngestAnswer | DomainError)[] = [];
  for (const [i, request] of requests.entries()) {
    const claim = claims[i];
    if (claim?.kind === 'refused') answers.push(claim.error);
    else if (claim?.kind === 'replay') answers.push({ ...claim.outcome, replayed: true });
    else {
      const answer: IngestAnswer = {
        results: request.items.map((item) => (isChecked(item) ? (results.next().value as EventResult) : item)),
        receivedAt: request.receivedAt,
        replayed: false,
      };
      await saveOutcome(sql, request, answer);
      answers.push(answer);
    }
  }
  return answers;
}

function isChecked(item: IngestRequest['items'][number]): item is CheckedExposure | CheckedEvent {
  return 'kind' in item;
}
