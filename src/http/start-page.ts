/** One line of the start page: what runs, and where. */
export interface StartPageEntry {
  readonly name: string;
  /** Address, relative or absolute; null for what has none, such as a worker. */
  readonly address: string | null;
  readonly note: string;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A plain page that says what runs where. */
export function startPage(entries: readonly StartPageEntry[]): string {
  const rows = entries.map(({ name, address, note }) => {
    const where =
      address === null ? '' : /^(\/|https?:)/.test(address) ? `<a href="${escaped(address)}">${escaped(address)}</a>` : escaped(address);
    return `<tr><th>${escaped(name)}</th><td>${where}</td><td>${escaped(note)}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bellwether</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 50rem; padding: 0 1rem; color: #222; background: #fff }
th { text-align: left; padding-right: 1.5rem; font-weight: 600; vertical-align: top }
td { padding-right: 1.5rem; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } a { color: #8bf } }
</style>
</head>
<body>
<h1>Bellwether</h1>
<p>An experimentation platform: assignment, exactly-once counting, bandits and honest statistics behind one GraphQL API.</p>
<table>
${rows.join('\n')}
</table>
</body>
</html>
`;
}
