/** The cookie that keeps the id of a browser for units that lack the one an experiment hashes. */
export const deviceCookieName = 'bw_device';
const lifeSeconds = 90 * 24 * 3600;

/** The device's id in a `cookie` header; null when it is not there. */
export function readDeviceCookie(header: string | undefined): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === deviceCookieName && value) return value.trim();
  }
  return null;
}

/**
 * The `set-cookie` header for a device's id.
 *
 * @param host  as the request named the server; browsers refuse Secure cookies from plain http, where only localhost may be
 */
export function writeDeviceCookie(id: string, host: string | undefined): string {
  const secure = /^localhost(:\d+)?$/.test(host ?? '') ? '' : '; Secure';
  return `${deviceCookieName}=${id}; Max-Age=${lifeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}
