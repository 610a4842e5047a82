/** A user's own Apollo Server on top of the client library; `docs/apollo.md` shows it. */
export { byVariant } from './by-variant.js';
export { variantOf } from './operations.js';
export { type BellwetherPluginOptions, bellwetherPlugin, type OperationMetrics } from './plugin.js';
