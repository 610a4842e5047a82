/** Headers of every answer, as name and value in turn. */
export const commonHeaders = ['x-content-type-options', 'nosniff', 'vary', 'Origin'] as const;

/** Headers of answers that pages may read. */
export const exposedHeaders = ['etag', 'retry-after', 'x-request-id'] as const;

const exposed = exposedHeaders.join(', ');

/** What lets a page of an allowed origin read the answer, as name and value in turn; nothing where no page asks. */
export function corsHeaders(origin: string | undefined): readonly string[] {
  if (origin === undefined) return [];
  return ['access-control-allow-origin', origin, 'access-control-allow-credentials', 'true', 'access-control-expose-headers', exposed];
}
