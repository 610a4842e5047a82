import type { RequestBellwether } from './request-bellwether.js';
import { type BellwetherOptions, type IncomingHeaders, visit } from './visit.js';

declare global {
  namespace Express {
    interface Request {
      /** Put there by the middleware of `bellwether/express`. */
      bellwether: RequestBellwether;
    }
  }
}

/** As much of a response as is written. */
export interface OutgoingHeaders {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string | readonly string[]): unknown;
}

/**
 * Middleware in the manner of Connect, for Express 4 and 5 and everything else that takes it: `request.bellwether` holds the visitor and its
 * answers, the response says the variant in `x-variant`. See `docs/express.md`.
 *
 * @example
 * app.use(bellwether({ client, unit: (request) => ({ userId: request.session.userId }) }));
 * app.get('/', (request, response) => response.render(request.bellwether.variant('home', 'control')));
 */
export function bellwether<Request extends IncomingHeaders>(options: BellwetherOptions<Request>) {
  return (request: Request, response: OutgoingHeaders, next: (error?: unknown) => void): void => {
    visit(request, options).then(({ bellwether, headers }) => {
      Object.assign(request, { bellwether });
      for (const [name, value] of Object.entries(headers)) {
        response.setHeader(name, name === 'set-cookie' ? [...cookiesOf(response), value] : value);
      }
      next();
    }, next);
  };
}

/** Cookies that others have set; to set is to replace. */
function cookiesOf(response: OutgoingHeaders): readonly string[] {
  const present = response.getHeader('set-cookie') ?? [];
  return typeof present === 'object' ? present : [String(present)];
}
