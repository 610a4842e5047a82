/** Who is believed that a request is a crawler's. */
import type { BlockList } from 'node:net';
import * as read from './config-values.js';

/** What tells a crawler's request, in words of a firewall in front. */
export interface CrawlerSignal {
  /** Header, in small letters, that is `true` or `1` on a crawler's request. */
  readonly header: string;
  /** Peers that it is believed from. */
  readonly proxies: BlockList;
}

/** @returns null when nobody is believed. The header and the proxies make sense together alone. */
export function readCrawlerSignal(value: read.Reader, faults: string[]): CrawlerSignal | null {
  const before = faults.length;
  const header = value('BELLWETHER_BOT_HEADER', null, read.headerName);
  const proxies = value('BELLWETHER_TRUSTED_PROXIES', null, read.networks);
  if (header !== null && proxies !== null) return Object.freeze({ header, proxies });
  if (header === proxies || faults.length > before) return null;
  const [lacking, has] =
    header === null ? ['BELLWETHER_BOT_HEADER', 'BELLWETHER_TRUSTED_PROXIES'] : ['BELLWETHER_TRUSTED_PROXIES', 'BELLWETHER_BOT_HEADER'];
  faults.push(`${lacking}: missing beside ${has}; expected both or neither`);
  return null;
}
