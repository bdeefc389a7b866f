import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { routes } from '../../backend/src/http/routes/index.ts';

const ProxyRoute = z.object({
  path: z.string(),
  method: z.string(),
  url: z.string(),
  reqAction: z.string(),
  headers: z.array(z.object({ name: z.string(), content: z.string() })),
});
const { routes: proxyRoutes } = z
  .object({ routes: z.array(ProxyRoute) })
  .parse(JSON.parse(readFileSync(new URL('../../plugin.json', import.meta.url), 'utf8')));

/** As Grafana does it: the first route that matches decides; exact, unless the path ends in `*`. */
function firstMatch(method: string, path: string) {
  return proxyRoutes.find((proxy) => {
    const prefix = proxy.path.endsWith('*') ? proxy.path.slice(0, -1) : undefined;
    return proxy.method === method && (prefix === undefined ? proxy.path === path : path.startsWith(prefix));
  });
}

const operations = routes
  .filter((route) => route.path !== '/openapi.json')
  .map((route) => {
    const path = `api/v1${route.path.replace(':name', 'some-job').replace(':id', 's1')}`;
    return [route.method.toUpperCase(), path, route.grant] as const;
  });
/** Those of who holds the backend's token itself; nobody comes to them through Grafana. */
const ofOperators = operations.filter(([, , grant]) => grant === 'operator:stop');
const ofPeople = operations.filter(([, , grant]) => grant !== 'operator:stop');

test('what is for operators alone has no way through the plugin', () => {
  expect(ofOperators.length).toBeGreaterThan(0);
  expect(ofOperators.filter(([method, path]) => firstMatch(method, path) !== undefined)).toEqual([]);
});

test.each(ofPeople)('%s %s goes through the plugin with the grant %s that its handler needs', (method, path, grant) => {
  const proxy = firstMatch(method, path);
  expect(proxy?.reqAction).toBe(`selfheal-aiops-app.${grant}`);
  expect(proxy?.headers).toEqual(
    expect.arrayContaining([
      { name: 'X-Aiops-Grant', content: grant },
      { name: 'Authorization', content: 'Bearer {{ .SecureJsonData.backendToken }}' },
    ])
  );
  const rest = proxy?.path.endsWith('*') === true ? path.slice(proxy.path.length - 1) : undefined;
  const target = rest === undefined ? proxy?.url : `${proxy?.url}/${rest}`;
  expect(target).toBe(`{{ .JsonData.apiUrl }}/${path}`);
});
