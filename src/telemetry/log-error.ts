/** An error as the log shows it: what helps to find its cause, and nothing of what was being worked on. */
import { stdSerializers } from 'pino';

type PlainError = Record<string, unknown>;

/**
 * Members beside message, stack and cause. Drivers add others that hold data: the row that a constraint refused, the arguments of a command, the
 * bytes of a request; and our own refusals quote what was received.
 */
const shownMembers = [
  'type',
  'code',
  'errno',
  'syscall',
  'address',
  'port',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
];

/** Passwords in addresses, as drivers put them into messages. */
export function hidePasswords(text: string): string {
  return text.replace(/(\w+:\/\/[^:@/\s]*:)[^@/\s]+@/g, '$1[hidden]@');
}

/** PostgreSQL's data exceptions (class 22) quote the value that they refuse. */
function hideValues(text: string, code: unknown): string {
  return typeof code === 'string' && /^22[\dA-Z]{3}$/.test(code) ? text.replace(/"[\s\S]*"/, '"[hidden]"') : text;
}

/** With causes as members: joined to the message, as pino does by default, they stand there twice where the message quotes them. */
export function serializeError(error: Error): PlainError {
  return shown(stdSerializers.errWithCause(error) as unknown as PlainError);
}

function shown(plain: PlainError): PlainError {
  const { message, stack, cause, code, aggregateErrors } = plain;
  const said = hideValues(String(message ?? ''), code);
  // A stack begins with the message.
  const way = String(stack ?? '').replace(String(message ?? ''), () => said);
  const members = shownMembers.flatMap((name) => (plain[name] === undefined ? [] : [[name, plain[name]] as const]));
  const rest = { message: hidePasswords(said), stack: hidePasswords(way) };
  const causes = {
    ...(isPlain(cause) && { cause: shown(cause) }),
    // All addresses of a name that were tried in vain.
    ...(Array.isArray(aggregateErrors) && { aggregateErrors: aggregateErrors.filter(isPlain).map(shown) }),
  };
  return { ...Object.fromEntries(members), ...rest, ...causes };
}

function isPlain(value: unknown): value is PlainError {
  return typeof value === 'object' && value !== null;
}
