/** What runs where, for the terminal and for the start page. */
import type { Started } from './banner.js';
import type { ReadyConfig } from './config.js';

/** @param address that the server listens on, e.g. `http://127.0.0.1:4000` */
export function addressesOf(config: ReadyConfig, address: string): Started['addresses'] {
  if (config.role === 'worker') return [['Health', `${address}/health`]];
  return [
    ['Dashboard', `${address}/`],
    ['API', `${address}/graphql`],
    ['WebSocket', `${address.replace(/^http/, 'ws')}/graphql`],
    ...(config.introspection ? [['GraphiQL', `${address}/graphiql`] as const] : []),
  ];
}

/** The entries of the start page. */
export function startPageOf(config: ReadyConfig) {
  return [
    { name: 'API', address: '/graphql', note: 'GraphQL over HTTP (GET, POST) and WebSocket (graphql-transport-ws)' },
    ...(config.introspection ? [{ name: 'GraphiQL', address: '/graphiql', note: 'Try queries; the key goes into the headers tab' }] : []),
    { name: 'Health', address: '/health', note: 'The process is alive' },
    { name: 'Readiness', address: '/ready', note: 'Assignments are served' },
    { name: 'PostgreSQL', address: null, note: config.embedded ? 'Embedded, started with this instance' : 'As DATABASE_URL says' },
    { name: 'Worker', address: null, note: config.role === 'all' ? 'In this process' : 'In processes of its own' },
  ];
}
