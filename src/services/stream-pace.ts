import type { Wait } from './live-stream.js';

/**
 * Lets time pass in a stream however often it is woken meanwhile, so that what happens close together can be told together.
 *
 * @returns whether the stream is still wanted
 */
export async function pause(wait: Wait, forMs: number): Promise<boolean> {
  const until = performance.now() + forMs;
  for (let leftMs = forMs; leftMs > 0; leftMs = until - performance.now()) if (!(await wait(leftMs))) return false;
  return true;
}
