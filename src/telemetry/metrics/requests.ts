import type { Registry } from 'prom-client';
import { assignmentReasons } from '../../core/assignment.js';
import { type Count, createCounter, createHistogram, lazily, type Observe } from './tally.js';

/** 0.5 ms to 1 s. */
export const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export const routes = ['graphql', 'ofrep', 'dashboard', 'health', 'metrics', 'other'] as const;
export type Route = (typeof routes)[number];

/** What asks for assignments: `assign` also waits for the commit of an exposure. */
export type AssignmentOperation = 'assignment' | 'assign' | 'ofrep';

export interface RequestMeter {
  /** A request was answered. @param milliseconds since its head was read */
  answered(route: Route, status: number, milliseconds: number): void;
  /** The same request, when it asked for assignments. */
  assigned(operation: AssignmentOperation, milliseconds: number): void;
  /** An error went into an answer. @param code of the catalogue or of the transport */
  refused(code: string): void;
}

/** Requests and refusals. */
export function createRequestMeter(registry: Registry): RequestMeter {
  const duration = createHistogram(registry, {
    name: 'bellwether_request_duration_seconds',
    help: 'HTTP requests, from their head read to their answer written.',
    buckets: latencyBuckets,
  });
  const assignment = createHistogram(registry, {
    name: 'bellwether_assignment_duration_seconds',
    help: 'HTTP requests that ask for assignments, from their head read to their answer written.',
    buckets: latencyBuckets,
  });
  const refusals = createCounter(registry, { name: 'bellwether_refusals_total', help: 'Errors in answers.' });

  /** By class of status, of each route. */
  const answers: Record<Route, (Observe | undefined)[]> = { graphql: [], ofrep: [], dashboard: [], health: [], metrics: [], other: [] };
  const operations: Readonly<Record<AssignmentOperation, Observe>> = {
    assignment: assignment({ operation: 'assignment' }),
    assign: assignment({ operation: 'assign' }),
    ofrep: assignment({ operation: 'ofrep' }),
  };
  const refusalsOf = lazily((code) => refusals({ code }));
  // Alerts go by it: a series that begins with its first burst does not seem to grow.
  refusalsOf('INTERNAL_SERVER_ERROR');

  return {
    answered(route, status, milliseconds) {
      const kind = (status / 100) | 0;
      const made = answers[route];
      made[kind] ??= duration({ route, status: `${kind}xx` });
      made[kind](milliseconds / 1_000);
    },
    assigned: (operation, milliseconds) => operations[operation](milliseconds / 1_000),
    refused: (code) => refusalsOf(code).add(1),
  };
}

export interface AssignmentMeter {
  /** An assignment was served. @param reason of the API */
  served(reason: (typeof assignmentReasons)[number]): void;
}

/** Assignments by their reason. */
export function createAssignmentMeter(registry: Registry): AssignmentMeter {
  const served = createCounter(registry, { name: 'bellwether_assignments_total', help: 'Assignments served, by reason.' });
  const counts = Object.fromEntries(assignmentReasons.map((reason) => [reason, served({ reason })])) as Readonly<
    Record<(typeof assignmentReasons)[number], Count>
  >;
  return { served: (reason) => counts[reason].add(1) };
}
