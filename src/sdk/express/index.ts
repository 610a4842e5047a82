/** Servers of Node on top of the client library; `docs/express.md` shows it. */
export { fastifyBellwether, type WithBellwether } from './fastify.js';
export { bellwether } from './middleware.js';
export type { RequestBellwether } from './request-bellwether.js';
export type { BellwetherOptions } from './visit.js';
