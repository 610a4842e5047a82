/** Lines of files with events, read into what `trackEvents` takes. */

type Item = Readonly<Record<string, unknown>>;

const unitMembers: ReadonlySet<string> = new Set(['userId', 'deviceId', 'tenantId']);

/**
 * @param headings  of a CSV file; null: the line is JSON
 * @returns a MetricEventInput, or an ExposureInput where there is a variant
 * @throws Error that says what is wrong with the line
 */
export function trackedOf(line: string, headings: readonly string[] | null): Item {
  if (headings === null) {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(`Expected a JSON object; received ${line.slice(0, 60)}.`);
    return value as Item;
  }
  const fields = csvFields(line);
  if (fields.length !== headings.length) throw new Error(`Expected ${headings.length} fields; received ${fields.length}.`);
  const said = headings.map((name, place) => [name, fields[place] ?? ''] as const).filter(([, value]) => value !== '');
  const unit = Object.fromEntries(said.filter(([name]) => unitMembers.has(name)));
  const rest = said.filter(([name]) => !unitMembers.has(name)).map(([name, value]) => [name, name === 'value' ? Number(value) : value]);
  return { ...Object.fromEntries(rest), unit };
}

/** The fields of a line of CSV (RFC 4180, without line breaks inside fields). @throws Error on an open quote */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  let place = 0;
  for (;;) {
    const quoted = /"((?:[^"]|"")*)"\s*(?:,|$)/y;
    quoted.lastIndex = place;
    const match = quoted.exec(line);
    if (match) {
      fields.push((match[1] ?? '').replaceAll('""', '"'));
      place = quoted.lastIndex;
      if (!match[0].endsWith(',')) return fields;
      continue;
    }
    if (line[place] === '"') throw new Error(`A quote is not closed: ${line.slice(place, place + 40)}`);
    const comma = line.indexOf(',', place);
    fields.push(line.slice(place, comma === -1 ? undefined : comma).trim());
    if (comma === -1) return fields;
    place = comma + 1;
  }
}
