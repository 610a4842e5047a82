import type { Alert as AlertModel, ApiKey as ApiKeyModel, AuditEntry as AuditModel, PrismaClient } from '../generated/prisma/client.js';
import type { Reads } from '../services/reads.js';
import type { AlertRecord } from '../services/records.js';
import { reading } from './database.js';
import type { ExperimentReads } from './experiment-reads.js';
import { alertWhere, auditWhere, isKey, isUuid } from './filters.js';
import { listOf, mapPage, readPage, type SortColumn } from './pages.js';
import { type AlertRow, type ApiKeyRow, type AuditRow, alertOf, apiKeyOf, auditOf } from './record-rows.js';
import { columnsOf } from './rows.js';

const auditOfModel = (model: AuditModel) => auditOf(columnsOf<AuditRow>(model));
const apiKeyOfModel = (model: ApiKeyModel) => apiKeyOf(columnsOf<ApiKeyRow>(model));

const newestSequence: readonly SortColumn[] = [{ name: 'sequence', type: 'bigint', direction: 'desc' }];
const newestId: readonly SortColumn[] = [{ name: 'id', type: 'bigint', direction: 'desc' }];

type RecordReads = Omit<Reads, keyof ExperimentReads | 'counts' | 'latestEvaluations'>;

/** Alerts, the audit log and API keys. */
export function createRecordReads(prisma: PrismaClient): RecordReads {
  /** The keys of the alerts' experiments, by id. */
  async function keysOf(models: readonly AlertModel[]): Promise<Map<string, string>> {
    const ids = [...new Set(models.map((model) => model.experimentId))];
    const experiments = await prisma.experiment.findMany({ where: { id: { in: ids } }, select: { id: true, key: true } });
    return new Map(experiments.map(({ id, key }) => [id, key]));
  }

  async function alertsOf(models: readonly AlertModel[]): Promise<AlertRecord[]> {
    const keys = await keysOf(models);
    return models.map((model) => alertOfModel(model, keys));
  }

  return {
    async alerts(page, filter) {
      const list = listOf<AlertModel>(prisma.alert);
      const ids = filter.experimentKeys ? await reading(() => idsOf(prisma, filter.experimentKeys ?? [])) : null;
      const models = await readPage({ list, columns: newestSequence, where: alertWhere(filter, ids) }, page);
      const keys = await reading(() => keysOf(models.items.map(({ node }) => node)));
      return mapPage(models, (model) => alertOfModel(model, keys));
    },

    alert: (id) =>
      reading(async () => {
        const model = isUuid(id) ? await prisma.alert.findUnique({ where: { id } }) : null;
        return model && ((await alertsOf([model]))[0] ?? null);
      }),

    alertsAfter: (sequence, limit) =>
      reading(async () =>
        alertsOf(await prisma.alert.findMany({ where: { sequence: { gt: sequence } }, orderBy: { sequence: 'asc' }, take: limit })),
      ),

    openAlerts: () =>
      reading(async () => alertsOf(await prisma.alert.findMany({ where: { resolvedAt: null }, orderBy: { sequence: 'asc' } }))),

    alertSequence: () => reading(async () => Number((await prisma.counter.findUniqueOrThrow({ where: { name: 'alert' } })).value)),

    async auditLog(page, filter) {
      const listing = { list: listOf<AuditModel>(prisma.auditEntry), columns: newestId, where: auditWhere(filter) };
      return mapPage(await readPage(listing, page), auditOfModel);
    },

    auditEntry: (id) =>
      reading(async () => {
        const model = /^[1-9]\d{0,17}$/.test(id) ? await prisma.auditEntry.findUnique({ where: { id: BigInt(id) } }) : null;
        return model && auditOfModel(model);
      }),

    apiKeys: () =>
      reading(async () => (await prisma.apiKey.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })).map(apiKeyOfModel)),

    apiKey: (id) =>
      reading(async () => {
        const model = isUuid(id) ? await prisma.apiKey.findUnique({ where: { id } }) : null;
        return model && apiKeyOfModel(model);
      }),

    apiKeyByHash: (secretHash) =>
      reading(async () => {
        const model = await prisma.apiKey.findUnique({ where: { secretHash: Uint8Array.from(secretHash) } });
        return model && apiKeyOfModel(model);
      }),

    touchApiKey: (id, at) =>
      reading(async () => {
        // Instances learn of a use in any order; the latest stays.
        const where = { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: at } }] };
        await prisma.apiKey.updateMany({ where, data: { lastUsedAt: at } });
      }),
  };
}

/** @param keys by the id of their experiment; a draft that was deleted between two look-ups has none any more */
const alertOfModel = (model: AlertModel, keys: ReadonlyMap<string, string>): AlertRecord =>
  alertOf(columnsOf<AlertRow>(model), keys.get(model.experimentId) ?? '');

async function idsOf(prisma: PrismaClient, experimentKeys: readonly string[]): Promise<string[]> {
  const experiments = await prisma.experiment.findMany({ where: { key: { in: experimentKeys.filter(isKey) } }, select: { id: true } });
  return experiments.map(({ id }) => id);
}
