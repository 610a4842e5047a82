// Run in each task before the service: the authorities that signed the certificate of RDS, which are no public ones.
import { writeFileSync } from 'node:fs';

const { CERTIFICATES_URL: url, CERTIFICATES_FILE: file } = process.env;
const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
const certificates = await response.text();
if (!response.ok || !certificates.includes('-----BEGIN CERTIFICATE-----')) {
  throw new Error(`${url}: received status ${response.status} and ${certificates.length} characters; expected certificates`);
}
writeFileSync(file, certificates);
