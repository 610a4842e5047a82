import type { Assignment } from '../../core/assignment.js';
import type { Assignments } from '../../services/assignments.js';
import type { Registry } from '../../services/registry.js';
import type { Span, Tracer } from '../../services/tracer.js';

/**
 * Assignments with a span each, below the request that asks. A key that names no experiment is left out, for nobody knows what a caller
 * has put there.
 */
export function traceAssignments(assignments: Assignments, tracer: Tracer, registry: Pick<Registry, 'byKey'>): Assignments {
  function traced<T>(name: string, keys: readonly string[] | null, work: () => T | Promise<T>, tell: (span: Span, answer: T) => void) {
    if (!tracer.current()) return work();
    const known = keys?.filter((key) => registry.byKey(key)) ?? [];
    const attributes = { 'feature_flag.provider.name': 'bellwether', ...(known.length === 1 && { 'feature_flag.key': known[0] ?? '' }) };
    return tracer.span<T | Promise<T>>(name, { attributes }, (span) => {
      const told = (answer: T) => {
        if (span) tell(span, answer);
        return answer;
      };
      const answer = work();
      return answer instanceof Promise ? answer.then(told) : told(answer);
    });
  }

  const tellOne = (span: Span, { reason, variant }: Assignment) => {
    span.set('feature_flag.result.reason', reason);
    if (variant !== null) span.set('feature_flag.result.variant', variant);
  };

  return {
    ...assignments,
    assignment: (key, unit) => traced('assignment', [key], () => assignments.assignment(key, unit), tellOne),
    assign: async (key, unit) => traced('assign', [key], () => assignments.assign(key, unit), tellOne),
    assignments: (keys, unit) =>
      traced(
        'assignments',
        keys,
        () => assignments.assignments(keys, unit),
        (span, answers) => span.set('bellwether.assignments', answers.length),
      ),
  };
}
