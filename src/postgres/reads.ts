import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Reads } from '../services/reads.js';
import { readCounts } from './counts.js';
import { reading } from './database.js';
import { createExperimentReads } from './experiment-reads.js';
import { readLatestEvaluations } from './latest-evaluations.js';
import { createRecordReads } from './record-reads.js';
import type { Replica } from './replica.js';

/**
 * What is asked without changing anything: the reading half of the store of record.
 * Lists and look-ups go through Prisma over the process's own pool, which whoever made it closes.
 *
 * @param replica answers in place of the pool where it can; for what people look at
 */
export function createReads(pool: pg.Pool, replica: Replica | null = null): Reads {
  // Messages go into the log, and those of another format quote the arguments of the call.
  const prisma = new PrismaClient({ adapter: replica?.adapter ?? new PrismaPg(pool), errorFormat: 'minimal' });
  const sql = replica?.sql ?? pool;
  return {
    ...createExperimentReads(prisma),
    ...createRecordReads(prisma),
    counts: (experiments) => reading(() => readCounts(sql, experiments)),
    latestEvaluations: (experiments) => reading(() => readLatestEvaluations(sql, experiments)),
  };
}
