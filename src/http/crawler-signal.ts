import type { IncomingHttpHeaders } from 'node:http';
import { type BlockList, isIPv6 } from 'node:net';

/** Whose word is taken for what. */
export interface CrawlerSignalSettings {
  /** Header, in small letters, that is `true` or `1` on a crawler's request. */
  readonly header: string;
  /** Peers that it is believed from: whoever else sends it is a visitor who says so of himself. */
  readonly proxies: BlockList;
}

/** Whose request it is, as far as the connection and the headers tell. */
export interface Sender {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Whether a proxy that is trusted says that a request is a crawler's. */
export type IsFromCrawler = (sender: Sender) => boolean;

/** @param settings null: nobody is believed, which costs nothing */
export function createCrawlerSignal(settings: CrawlerSignalSettings | null): IsFromCrawler {
  if (settings === null) return () => false;
  const { header, proxies } = settings;
  return function isFromCrawler({ headers, socket }) {
    const value = headers[header];
    if (value !== '1' && value !== 'true') return false;
    // An IPv4 peer of a socket for both families has its address in the form of IPv6, which the list knows how to read.
    const peer = socket.remoteAddress;
    return peer !== undefined && proxies.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  };
}
