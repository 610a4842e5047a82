import type { Client } from 'urql';
import { DefinitionDocument } from '../generated/graphql.js';

/** Saves the input that makes the same experiment again, as a file that the import reads. @throws when the service does not give it */
export async function exportDefinition(client: Client, key: string): Promise<void> {
  const { data, error } = await client.query(DefinitionDocument, { key }, { requestPolicy: 'network-only' }).toPromise();
  if (!data?.experiment) throw error ?? new Error(`${key} is gone`);
  const file = new Blob([`${JSON.stringify(data.experiment.definition, null, 2)}\n`], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `${key}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
