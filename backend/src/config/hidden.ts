import { inspect } from 'node:util';

/**
 * Keeps secrets of a settings object out of JSON, of `console.log` and of log lines: those show `shown` instead.
 * The object's own properties stay as they are; reading the property is the only way to a secret.
 */
export function showAs<T extends object>(value: T, shown: object): T {
  return Object.defineProperties(value, {
    toJSON: { value: () => shown, enumerable: false },
    [inspect.custom]: { value: () => shown, enumerable: false },
  });
}
