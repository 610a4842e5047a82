/** Which origins may call: for CORS and WebSocket alike. */
export interface OriginSettings {
  /** Origins that are listed, such as `https://shop.example`. */
  readonly listed: readonly string[];
  /** Whether pages of http://localhost and http://127.0.0.1, on any port, may call: in embedded mode. */
  readonly localhost: boolean;
  /** Name or address that the server was told to listen on. */
  readonly serverHost: string;
}

/** @param origin the header of that name, undefined when there is none. @param host as the request addressed the server */
export type IsAllowedOrigin = (origin: string | undefined, host: string | undefined) => boolean;

/**
 * Whether a request may come from a page of this origin. None at all is no browser page, and may.
 * The server's own origin is one whose host the request addressed; only addresses, localhost and the configured host count,
 * for a foreign name can be made to point here and would then look like our own.
 */
export function createOriginRule({ listed, localhost, serverHost }: OriginSettings): IsAllowedOrigin {
  const allowed = new Set(listed.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  return function isAllowedOrigin(origin, host) {
    if (origin === undefined) return true;
    const normal = origin.toLowerCase();
    if (allowed.has(normal)) return true;
    if (localhost && /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(normal)) return true;
    if (!host || !URL.canParse(normal)) return false;
    const own = new URL(normal);
    const isFixed = own.hostname === 'localhost' || own.hostname === serverHost || /^(\d+\.){3}\d+$|^\[[\da-f:]+\]$/.test(own.hostname);
    return isFixed && own.host === host.toLowerCase();
  };
}
