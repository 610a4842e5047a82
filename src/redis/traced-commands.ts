import { tracingChannel } from 'node:diagnostics_channel';
import type { Span, Tracer } from '../services/tracer.js';

interface Command {
  /** In small letters. */
  readonly command: string;
}

/**
 * Gives each Redis command of this process a span, below what asks for it, with its name alone.
 *
 * @returns what ends it
 */
export function traceRedisCommands(tracer: Tracer): () => void {
  const channel = tracingChannel<unknown, Command>('ioredis:command');
  const spans = new WeakMap<Command, Span>();
  const listeners = {
    start(message: Command) {
      const name = message.command.toLowerCase();
      const span = tracer.child(name, { kind: 'client', attributes: { 'db.system.name': 'redis', 'db.operation.name': name } });
      if (span) spans.set(message, span);
    },
    asyncEnd: (message: Command & { error?: unknown }) => spans.get(message)?.end(message.error ?? undefined),
    end: () => {},
    asyncStart: () => {},
    error: () => {},
  };
  channel.subscribe(listeners);
  return () => void channel.unsubscribe(listeners);
}
