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
  const seconds = text.slice(0, 19);
  const milliseconds = (match[7] ?? '').slice(0, 3).padEnd(3, '0');
  const instant = new Date(`${seconds}.${milliseconds}Z`);
  // Date rolls 30 February over to March: only what reads back as written existed.
  return Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 19) !== seconds ? null : instant;
}
