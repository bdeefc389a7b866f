import { isDateTime } from '@grafana/data';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * The naive read-only proxy that Grafana puts around an extension's context: writes fail, and every nested object is
 * proxied as it is read. Reading a property of a *frozen* object therefore throws a TypeError, as in Grafana 12.3.
 */
export function readOnly<T extends object>(target: T): T {
  const seen = new WeakMap<object, object>();
  return new Proxy(target, {
    defineProperty: () => false,
    deleteProperty: () => false,
    set: () => false,
    get: (object, property, receiver) => {
      const value: unknown = Reflect.get(object, property, receiver);
      if (!isObject(value)) {
        return value;
      }
      if (isDateTime(value)) {
        return value;
      }
      const known = seen.get(value) ?? readOnly(value);
      seen.set(value, known);
      return known;
    },
  });
}

/** Freezes an object and everything below it, as the alerting pages' store does. */
export function deepFreeze<T>(value: T): T {
  if (isObject(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
