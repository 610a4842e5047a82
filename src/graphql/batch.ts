/**
 * Gathers what is asked for one by one within a turn of the event loop, and loads it together.
 *
 * @param load  answers in the order asked
 */
export function createBatch<K, V>(load: (keys: readonly K[]) => Promise<readonly V[]>): (key: K) => Promise<V> {
  let waiting: { readonly key: K; readonly resolve: (value: V) => void; readonly reject: (error: unknown) => void }[] = [];

  async function run(): Promise<void> {
    const batch = waiting;
    waiting = [];
    try {
      const values = await load(batch.map(({ key }) => key));
      for (const [position, { resolve }] of batch.entries()) resolve(values[position] as V);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      // After all promises that are settled by now: lists resolve their items one promise after the other.
      if (waiting.length === 0) setImmediate(() => void run());
      waiting.push({ key, resolve, reject });
    });
}
