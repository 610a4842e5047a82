import type { Post } from '../services/webhooks.js';

/** Of an answer no more is read; what it says beyond is of no use. */
const longestAnswer = 1_000;

/** Sends a request over the network. Redirects are not followed: nobody but who was named gets to see what is sent. */
export const post: Post = async ({ url, headers, body, timeoutMs, signal }) => {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.any([signal, timeout]) });
    const { status } = response;
    return { status, text: await beginningOf(response), retryAfterMs: retryAfterOf(response) };
  } catch (error) {
    if (timeout.aborted) throw new Error(`No answer within ${timeoutMs} ms.`, { cause: error });
    throw new Error(`Could not be reached: ${reasonOf(error)}.`, { cause: error });
  }
};

/** As one line; empty when it cannot be read, for the status alone decides. */
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      // Leaving the loop ends the answer, however long it would have been.
      if (size >= longestAnswer) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks)
    .subarray(0, longestAnswer)
    .toString('utf8')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** In seconds; the other form, a date, is not taken. */
function retryAfterOf({ headers }: Response): number | null {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : null;
}

/** What `fetch` hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
