/** What is said where a chart has nothing to show: `empty` only once it is known to be so. */
export function absenceText({ data, error }: { readonly data?: unknown; readonly error?: unknown }, empty: string): string {
  if (data !== undefined) return empty;
  return error === undefined ? 'Loading…' : 'The past could not be loaded.';
}
