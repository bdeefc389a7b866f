import fs from 'node:fs';

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

/** As Grafana 12.3 does it: nested objects come as new proxies, which the language refuses for frozen properties. */
function readOnlyProxy(value: object): object {
  return new Proxy(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      return typeof inner === 'object' && inner !== null ? readOnlyProxy(inner) : inner;
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
}

/** The context of a recording, behaving as it does inside Grafana. */
export function recordedContext(file: string): object {
  const { context } = JSON.parse(fs.readFileSync(file, 'utf8'));
  return readOnlyProxy(deepFreeze(context));
}
