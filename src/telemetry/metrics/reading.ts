/**
 * A question to a store that is asked when metrics are: shared by all who ask at the same time, never asked twice at once, and given up on
 * after a while, so that a store that hangs does not keep the others' figures back.
 *
 * @param ask may reject
 * @returns null when there is no answer, or none in time
 */
export function createReading<T>(ask: () => Promise<T>, limitMs = 1_000): () => Promise<T | null> {
  let asking: Promise<T | null> | null = null;

  return async function read() {
    asking ??= Promise.resolve()
      .then(ask)
      .catch(() => null)
      .finally(() => {
        asking = null;
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), limitMs);
    });
    const answer = await Promise.race([asking, late]);
    clearTimeout(timer);
    return answer;
  };
}
