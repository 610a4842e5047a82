/** HTTP load from this process, as much as is answered, and what it cost the server. */
import autocannon from 'autocannon';
import { cpuSeconds } from './proc.js';

export interface LoadOptions {
  readonly url: string;
  /** Whose CPU time counts, with all that it started. */
  readonly pid: number;
  readonly seconds: number;
  readonly connections?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies that are sent in turn by POST. */
  readonly bodies: readonly string[];
}

export interface LoadResult {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

/** @throws when anything but 200 is answered: what is refused quickly is not fast */
export async function load({ url, pid, seconds, connections = 32, headers = {}, bodies }: LoadOptions): Promise<LoadResult> {
  const before = cpuSeconds(pid);
  const { requests, non2xx, errors, duration } = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: bodies.map((body) => ({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })),
  });
  const spent = cpuSeconds(pid) - before;
  if (non2xx > 0 || errors > 0) throw new Error(`${non2xx} answers of ${url} were refusals and ${errors} requests failed.`);
  return { perSecond: requests.total / duration, perCpuSecond: requests.total / spent };
}
