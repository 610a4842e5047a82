/** Goes on with a value: at once where it is there, for a promise of what is there costs more than most that is done with it. */
export function next<T, R>(value: T | Promise<T>, go: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(go) : go(value);
}
