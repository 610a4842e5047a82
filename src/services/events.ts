import { hash } from 'node:crypto';
import { toNano } from '../core/decimal.js';
import { refusal } from '../core/errors.js';
import { type CheckedEvent, type CheckedExposure, type EventResult, mostAheadMs, rejected } from '../core/event.js';
import { parseInstant } from '../core/instant.js';
import { checkUnit, idFault, isBot, isUnitIdMember, type Unit, unitIdMembers, unitIdOf } from '../core/unit.js';
import type { AllocationHistory } from './allocation-history.js';
import type { GroupCommit } from './group-commit.js';
import type { Clock, Command, IngestAnswer, IngestRequest } from './ports.js';
import type { Registry } from './registry.js';
import type { SegmentValues } from './segment-values.js';

/** Takes exposures and metric events: checks each at the door, then hands the request to the next shared transaction. */

export interface ExposureInput {
  readonly eventId: string;
  readonly experimentKey: string;
  readonly unit: Unit;
  readonly variant: string;
  readonly allocationVersion?: number | null;
  readonly occurredAt: string;
}

export interface MetricEventInput {
  readonly eventId: string;
  readonly metric: string;
  readonly unit: Unit;
  /** 1 when left out; null is refused. */
  readonly value?: number | null;
  readonly occurredAt: string;
  readonly experimentKey?: string | null;
}

export interface TrackInput {
  readonly exposures: readonly ExposureInput[];
  readonly events: readonly MetricEventInput[];
}

/** Who sends, and what makes sending again harmless. */
export type Sender = Pick<Command, 'apiKeyId' | 'idempotencyKey' | 'fingerprint'>;

export interface EventsParts {
  readonly registry: Registry;
  readonly history: AllocationHistory;
  readonly commits: GroupCommit;
  readonly segmentValues: SegmentValues;
  readonly clock: Clock;
  readonly retentionDays: number;
  /** Told of units' variants once this instance has committed them. */
  readonly onExposed?: (exposures: readonly CheckedExposure[]) => void;
}

export const maxEventsPerRequest = 1_000;
const maxValue = 1e12;
const dayMs = 86_400_000;

type Item = CheckedExposure | CheckedEvent | EventResult;

export type Events = ReturnType<typeof createEvents>;

export function createEvents({ registry, history, commits, segmentValues, clock, retentionDays, onExposed = () => {} }: EventsParts) {
  /** Looks at the store of record once when the request holds what memory does not know: it may be younger than memory. */
  async function prepare(sender: Sender, input: TrackInput, receivedAt: number): Promise<IngestRequest> {
    if (namesUnknown(input)) await registry.refresh();
    else {
      const checked = await checkAll(input, receivedAt);
      if (!checked.items.some(isUnservable)) return { ...sender, receivedAt, ...checked };
      await registry.refresh();
    }
    return { ...sender, receivedAt, ...(await checkAll(input, receivedAt)) };
  }

  async function checkAll(input: TrackInput, receivedAt: number): Promise<Pick<IngestRequest, 'items' | 'bots'>> {
    const bots = new Map<string, number>();
    const items: Item[] = [];
    for (const exposure of input.exposures) items.push(await checkExposure(exposure, receivedAt, bots));
    for (const event of input.events) items.push(checkEvent(event, receivedAt, bots));
    return { items, bots };
  }

  function namesUnknown({ exposures, events }: TrackInput): boolean {
    const isKnown = ({ experimentKey, allocationVersion }: ExposureInput): boolean => {
      const present = registry.byKey(experimentKey)?.allocation;
      return present !== undefined && present !== null && (allocationVersion ?? 0) <= present.version;
    };
    return (
      !exposures.every(isKnown) ||
      !events.every(
        ({ metric, experimentKey }) => registry.isMetricKnown(metric) && (experimentKey == null || registry.byKey(experimentKey)),
      )
    );
  }

  async function checkExposure(
    input: ExposureInput,
    receivedAt: number,
    bots: Map<string, number>,
  ): Promise<CheckedExposure | EventResult> {
    const occurredAt = instantOf(input.occurredAt);
    const fault = faultAtDoor(input, occurredAt, receivedAt);
    if (fault) return fault;
    const { eventId, unit } = input;
    const experiment = registry.compiledByKey(input.experimentKey);
    if (!experiment?.allocation) {
      return rejected(eventId, 'UNKNOWN_EXPERIMENT', `No started experiment has the key "${input.experimentKey}".`);
    }
    if (isBot(unit)) {
      tally(bots, [experiment.id]);
      return rejected(eventId, 'BOT', 'The unit is a bot, which is never counted.');
    }
    const unitId = unitIdOf(unit, experiment.hashKey);
    if (unitId === null) return rejected(eventId, 'NO_UNIT', `The unit has no ${experiment.hashKey}, which the experiment hashes.`);
    const claim = { unitId, variant: input.variant, occurredAt };
    const { allocation, servable } = await history.servedBy(experiment, claim, input.allocationVersion ?? null);
    const attributes = registry.byId(experiment.id)?.definition.evaluation.segments ?? [];
    return {
      kind: 'exposure',
      eventId,
      contentHash: hashOf(['exposure', input.experimentKey, input.variant, ...idsOf(unit), unitId, occurredAt]),
      experimentId: experiment.id,
      hashKey: experiment.hashKey,
      unitId,
      variant: input.variant,
      allocationVersion: allocation.version,
      period: allocation.period,
      occurredAt,
      receivedAt,
      segments: attributes.length === 0 ? [] : await segmentValues.segmentsOf(unit, experiment.id, attributes),
      servable,
    };
  }

  function checkEvent(input: MetricEventInput, receivedAt: number, bots: Map<string, number>): CheckedEvent | EventResult {
    const occurredAt = instantOf(input.occurredAt);
    const fault = faultAtDoor(input, occurredAt, receivedAt);
    if (fault) return fault;
    const { eventId, metric, unit } = input;
    const { value = 1 } = input;
    if (value === null || !Number.isFinite(value) || Math.abs(value) > maxValue) {
      return rejected(eventId, 'INVALID_VALUE', `Received ${value}; a value is a finite number of at most 1e12 in size.`);
    }
    if (!registry.isMetricKnown(metric)) return rejected(eventId, 'UNKNOWN_METRIC', `No experiment uses the metric "${metric}".`);
    const only = input.experimentKey == null ? null : (registry.byKey(input.experimentKey) ?? null);
    if (input.experimentKey != null && !only?.allocation) {
      return rejected(eventId, 'UNKNOWN_EXPERIMENT', `No started experiment has the key "${input.experimentKey}".`);
    }
    if (isBot(unit)) {
      const uses = registry.rules.usesOf(metric).map((use) => use.experimentId);
      tally(bots, only ? [only.id] : [...new Set(uses)]);
      return rejected(eventId, 'BOT', 'The unit is a bot, which is never counted.');
    }
    const hashKeys = only ? [only.definition.hashKey] : [...registry.hashKeysOf(metric)];
    const ids = new Map(hashKeys.flatMap((hashKey) => entryOf(hashKey, unitIdOf(unit, hashKey))));
    if (ids.size === 0 && hashKeys.length > 0) {
      return rejected(eventId, 'NO_UNIT', `The unit has none of the ids that experiments with this metric hash: ${hashKeys.join(', ')}.`);
    }
    const nano = toNano(value);
    return {
      kind: 'event',
      eventId,
      contentHash: hashOf(['event', metric, input.experimentKey ?? null, ...idsOf(unit), nano.toString(), occurredAt]),
      metric,
      value: nano,
      occurredAt,
      receivedAt,
      experimentId: only?.id ?? null,
      ids,
    };
  }

  /** What needs no knowledge of experiments. @param at milliseconds since the epoch; NaN: none could be read */
  function faultAtDoor(
    { eventId, unit, occurredAt }: ExposureInput | MetricEventInput,
    at: number,
    receivedAt: number,
  ): EventResult | null {
    const idProblem = idFault(eventId);
    if (idProblem) return rejected(eventId, 'INVALID_ID', `eventId ${idProblem}.`);
    if (Number.isNaN(at)) {
      const message = `Received "${occurredAt.slice(0, 100)}"; expected an RFC 3339 instant in UTC such as 2026-01-31T09:30:00.000Z.`;
      return rejected(eventId, 'INVALID_TIMESTAMP', message);
    }
    const now = () => new Date(receivedAt).toISOString();
    if (at > receivedAt + mostAheadMs)
      return rejected(eventId, 'IN_FUTURE', `Received ${occurredAt}, more than 5 minutes ahead of ${now()}.`);
    if (at < receivedAt - retentionDays * dayMs) {
      return rejected(eventId, 'TOO_OLD', `Received ${occurredAt}; events are kept for ${retentionDays} days and it is ${now()}.`);
    }
    const [problem] = checkUnit(unit);
    return problem ? rejected(eventId, problem.code, problem.message) : null;
  }

  return {
    /**
     * Counts each event exactly once; resolves after the commit.
     *
     * @throws BATCH_TOO_LARGE, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE; UNAVAILABLE when nothing was stored
     */
    async track(sender: Sender, input: TrackInput): Promise<IngestAnswer> {
      const size = input.exposures.length + input.events.length;
      if (size > maxEventsPerRequest) {
        throw refusal('BATCH_TOO_LARGE', `Received ${size} events; at most ${maxEventsPerRequest} go in one request.`, ['input'], size);
      }
      const receivedAt = clock.now().getTime();
      let request: IngestRequest | undefined;
      const prepareAgain = async () => {
        request = await prepare(sender, input, receivedAt);
        return request;
      };
      const answer = await commits.submit(prepareAgain, size);
      // Not those that were stored before: their unit may have been forgotten since.
      const isExposed = (item: Item, i: number): item is CheckedExposure =>
        'kind' in item && item.kind === 'exposure' && answer.results[i]?.status === 'ACCEPTED';
      if (!answer.replayed) onExposed(request?.items.filter(isExposed) ?? []);
      return answer;
    },
  };
}

/** Whether an exposure claims what no allocation known here could have served. */
const isUnservable = (item: Item): boolean => 'kind' in item && item.kind === 'exposure' && !item.servable;

/** Milliseconds since the epoch; NaN for a text that is no instant. */
const instantOf = (text: string): number => parseInstant(text)?.getTime() ?? Number.NaN;

const idsOf = (unit: Unit): (string | null)[] => unitIdMembers.map((member) => (isUnitIdMember(member) ? (unit[member] ?? null) : null));

const entryOf = (hashKey: string, unitId: string | null): [string, string][] => (unitId === null ? [] : [[hashKey, unitId]]);

/** First 16 bytes of SHA-256 as hex: by far enough to tell another content. */
function hashOf(content: readonly (string | number | null)[]): string {
  return hash('sha256', JSON.stringify(content)).slice(0, 32);
}

function tally(bots: Map<string, number>, experimentIds: readonly string[]): void {
  for (const id of experimentIds) bots.set(id, (bots.get(id) ?? 0) + 1);
}
