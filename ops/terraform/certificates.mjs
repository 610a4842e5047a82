// Run in each task before the service: the authorities that signed the certificate of RDS, which Node does not know by itself.
import { writeFileSync } from 'node:fs';

const { CERTIFICATES_URL: url, NODE_EXTRA_CA_CERTS: file } = process.env;
const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
const certificates = await response.text();
if (!response.ok || !certificates.includes('-----BEGIN CERTIFICATE-----')) {
  throw new Error(`${url}: received status ${response.status} and ${certificates.length} characters; expected certificates`);
}
writeFileSync(file, certificates);
