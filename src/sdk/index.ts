/** The client library. What is exported here is its interface; `docs/sdk.md` shows it. */
export type { AssignmentReason } from '../core/assignment.js';
export type { Answer, Bootstrap, ClientUnit } from './answer.js';
export { type Client, createClient, type RemoteClientOptions } from './client.js';
export type { ClientFault, OnConnection, OnFault } from './fault.js';
export { createFileStorage } from './file-storage.js';
export type { ClientOptions } from './foundation.js';
export { createLocalClient, type LocalClient } from './local-client.js';
export type { Source } from './readiness.js';
export type { KeyValueStorage } from './shelf.js';
export type { WebSocketConstructor } from './socket.js';
export type { Fetch } from './transport.js';
export type { TrackDetails, Visitor } from './visitor.js';
