import type { CombinedError } from 'urql';

/** What the service finds wrong with an input, at the fields that it is about. */

export interface FoundProblem {
  readonly message: string;
  /** Members and list positions from the input; empty: the whole. */
  readonly path: readonly string[];
}

/** Messages by the path of a field, in the form's own writing of paths; several of one path one after another. */
export function errorsByPath(problems: readonly FoundProblem[]): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const { path, message } of problems) {
    const field = path.join('.');
    errors[field] = errors[field] === undefined ? message : `${errors[field]} ${message}`;
  }
  return errors;
}

/** Those of fields that have been touched, and of what they are part of. */
export function errorsOfTouched(
  errors: Readonly<Record<string, string>>,
  isTouched: (path: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(errors).filter(([path]) => isTouched(path)));
}

/** What a refused mutation names: its problems, or its message where it has none. */
export function problemsOf({ graphQLErrors, networkError }: CombinedError): readonly FoundProblem[] {
  if (networkError) return [{ path: [], message: 'The service cannot be reached. Nothing was saved; try again.' }];
  return graphQLErrors.flatMap(({ message, extensions }) => {
    const problems = extensions?.problems;
    return Array.isArray(problems) && problems.length > 0 ? (problems as FoundProblem[]) : [{ path: [], message }];
  });
}
