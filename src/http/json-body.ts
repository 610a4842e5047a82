import type { FastifyInstance } from 'fastify';

const decoder = new TextDecoder('utf-8', { fatal: true });

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}

/** Digits that may be a number beyond what a double holds. */
const hugeNumber = /[eE]\+?\d{3}|\d{300}/;

/**
 * JSON has no Infinity, but JSON.parse makes it from 1e999. It becomes null, as JSON writes what is not finite:
 * so a bad value in a batch is refused alone, and not its whole request for a number that cannot be.
 */
export function finiteOrNull(_name: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? null : value;
}

/**
 * Makes JSON in UTF-8 the only body that is read. Bytes that are no UTF-8 are refused:
 * replaced silently by U+FFFD they would make one unit of two.
 */
export function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset && !/^utf-?8$/i.test(charset)) {
      done(refusal(415, `The charset ${charset} is not read; expected utf-8.`));
      return;
    }
    let text: string;
    try {
      text = decoder.decode(body as Buffer);
    } catch {
      done(refusal(400, 'The body is not UTF-8.'));
      return;
    }
    parse(request, text, (error, value) => {
      if (error || !hugeNumber.test(text)) return done(error, value);
      try {
        done(null, JSON.parse(text, finiteOrNull));
      } catch {
        done(refusal(400, 'The body is nested too deep.'));
      }
    });
  });
}
