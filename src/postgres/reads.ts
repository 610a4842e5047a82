import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Reads } from '../services/ports.js';
import { readCounts } from './counts.js';
import { reading } from './database.js';
import { createExperimentReads } from './experiment-reads.js';
import { createLogReads } from './log-reads.js';

/**
 * What is asked without changing anything: the reading half of the store of record.
 * Lists and look-ups go through Prisma over the process's own pool, which it neither opens nor closes.
 *
 * @throws DomainError UNAVAILABLE, from each, when the store is away
 */
export function createReads(pool: pg.Pool): Reads {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return guarded({
    ...createExperimentReads(prisma),
    ...createLogReads(prisma),
    counts: (experiments) => readCounts(pool, experiments),
  });
}

/** The same reads, a store that is away told in our own terms; also where a page counts its list. */
function guarded(reads: Reads): Reads {
}
