/**
 * The bound of assignments over HTTP: node:http, JSON.parse, one hash for each experiment, JSON.stringify, and nothing else.
 * It reads the same requests and answers texts of the same shape and length as Bellwether.
 */
import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import { assignmentsOf } from './bare-assignment.js';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
    const body = JSON.stringify({ data: assignmentsOf(JSON.parse(text), (content) => hash('sha256', content)) });
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
