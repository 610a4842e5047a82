const form = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/**
 * Reads an instant as RFC 3339 text in UTC with a trailing `Z`, floored to the millisecond.
 * Other offsets, lower-case letters, leap seconds and days that no calendar has are no instants here.
 *
 * @returns null when the text is not one
 * @example parseInstant('2026-03-01T12:00:00.123456Z')?.getUTCMilliseconds(); // 123
 */
export function parseInstant(text: string): Date | null {
  const match = form.exec(text);
  if (!match) return null;
  const isFine = (match[7] ?? '').length > 3;
  const instant = new Date(isFine ? `${text.slice(0, 23)}Z` : text);
  // Date rolls 30 February and 24 o'clock over to the day after: only a day that reads back as written existed.
  return instant.getUTCDate() === Number(match[3]) ? instant : null;
}
