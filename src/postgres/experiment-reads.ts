import type {
  Allocation as AllocationModel,
  Evaluation as EvaluationModel,
  Experiment as ExperimentModel,
  PrismaClient,
} from '../generated/prisma/client.js';
import type { Reads } from '../services/reads.js';
import { reading } from './database.js';
import { experimentSort, experimentWhere, isCount, isKey, isUuid } from './filters.js';
import { listOf, mapPage, readPage, type SortColumn } from './pages.js';
import {
  type AllocationRow,
  allocationRecordOf,
  columnsOf,
  type EvaluationRow,
  type ExperimentRow,
  evaluationOf,
  experimentOf,
} from './rows.js';

const experimentOfModel = (model: ExperimentModel) => experimentOf(columnsOf<ExperimentRow>(model));
const allocationOfModel = (model: AllocationModel) => allocationRecordOf(columnsOf<AllocationRow>(model));
const evaluationOfModel = (model: EvaluationModel, key: string) => evaluationOf(columnsOf<EvaluationRow>(model), key);

const newestVersion: readonly SortColumn[] = [{ name: 'version', type: 'integer', direction: 'desc' }];
const newestSequence: readonly SortColumn[] = [{ name: 'sequence', type: 'integer', direction: 'desc' }];

export type ExperimentReads = Pick<
  Reads,
  | 'experiment'
  | 'experiments'
  | 'allocations'
  | 'allocation'
  | 'allocationsAfter'
  | 'evaluations'
  | 'evaluation'
  | 'latestEvaluation'
  | 'evaluationsAfter'
>;

/** Experiments, their allocations and their evaluations. Lists of the latter two run newest first, histories for streams oldest first. */
export function createExperimentReads(prisma: PrismaClient): ExperimentReads {
  return {
    experiment: (by) =>
      reading(async () => {
        if ('key' in by ? !isKey(by.key) : !isUuid(by.id)) return null;
        const model = await prisma.experiment.findUnique({ where: by });
        return model && experimentOfModel(model);
      }),

    async experiments(page, filter, order) {
      const listing = {
        list: listOf<ExperimentModel>(prisma.experiment),
        columns: experimentSort(order),
        where: experimentWhere(filter),
      };
      return mapPage(await readPage(listing, page), experimentOfModel);
    },

    async allocations(experimentId, page) {
      const listing = { list: listOf<AllocationModel>(prisma.allocation), columns: newestVersion, where: { experimentId } };
      return mapPage(await readPage(listing, page), allocationOfModel);
    },

    allocation: (experimentId, version) =>
      reading(async () => {
        if (!isUuid(experimentId) || !isCount(version)) return null;
        const model = await prisma.allocation.findUnique({ where: { experimentId_version: { experimentId, version } } });
        return model && allocationOfModel(model);
      }),

    allocationsAfter: (experimentId, version, limit) =>
      reading(async () => {
        const models = await prisma.allocation.findMany({
          where: { experimentId, version: { gt: version } },
          orderBy: { version: 'asc' },
          take: limit,
        });
        return models.map(allocationOfModel);
      }),

    async evaluations({ id: experimentId, definition }, page) {
      const listing = { list: listOf<EvaluationModel>(prisma.evaluation), columns: newestSequence, where: { experimentId } };
      return mapPage(await readPage(listing, page), (model) => evaluationOfModel(model, definition.key));
    },

    evaluation: ({ id: experimentId, definition }, sequence) =>
      reading(async () => {
        if (!isCount(sequence)) return null;
        const model = await prisma.evaluation.findUnique({ where: { experimentId_sequence: { experimentId, sequence } } });
        return model && evaluationOfModel(model, definition.key);
      }),

    latestEvaluation: ({ id: experimentId, definition }) =>
      reading(async () => {
        const model = await prisma.evaluation.findFirst({ where: { experimentId }, orderBy: { sequence: 'desc' } });
        return model && evaluationOfModel(model, definition.key);
      }),

    evaluationsAfter: ({ id: experimentId, definition }, sequence, limit) =>
      reading(async () => {
        const models = await prisma.evaluation.findMany({
          where: { experimentId, sequence: { gt: sequence } },
          orderBy: { sequence: 'asc' },
          take: limit,
        });
        return models.map((model) => evaluationOfModel(model, definition.key));
      }),
  };
}
