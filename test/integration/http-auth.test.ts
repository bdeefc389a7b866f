import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { claims, nowSeconds, readRecording, recordedClaims, startKeyServer, type KeyServer } from './http-grafana.ts';
import { bearer, changeHeaders, jobBody, startHarness, token, type Answered, type Harness } from './http-harness.ts';

const Spoofing = z.record(
  z.string(),
  z.object({ arrived: z.looseObject({ 'x-grafana-id': z.looseObject({ sub: z.string() }) }) })
);

let grafana: KeyServer;
let api: Harness;

beforeAll(async () => {
  grafana = await startKeyServer();
});
afterAll(() => grafana.stop());
afterEach(async () => {
  grafana.answerKeys();
  await api.stop();
});

async function create(idToken: string, headers: Record<string, string> = {}): Promise<Answered> {
  api = await startHarness({ grafanaUrl: grafana.url });
  return api.ask('/api/v1/jobs', { method: 'POST', headers: { ...changeHeaders(idToken), ...headers }, body: jobBody });
}

describe('the token', () => {
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  test.each([
    ['none', undefined],
    ['a wrong one', 'Bearer wrong'],
    ['an empty one, as Grafana sends for an unset variable', 'Bearer'],
    ['an empty one with a space', 'Bearer '],
    ["the text of Go's template for a missing key", 'Bearer <no value>'],
    ['the right one with more behind it', `Bearer ${token}x`],
    ['the right one with another scheme', `Token ${token}`],
    ['the right one as password, outside /prometheus', basic('grafana', token)],
  ])('the API refuses %s with 401', async (_name, header) => {
    api = await startHarness();
    const answer = await api.ask('/api/v1/status', { headers: header === undefined ? {} : { Authorization: header } });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ code: 'unauthorized', status: 401 });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="aiops"');
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test.each(['/prometheus/api/v1/query', '/metrics'])('%s takes it as the password of basic auth too', async (path) => {
    api = await startHarness();
    const headers = { Authorization: basic('grafana', token) };
    expect((await api.ask(path, { headers })).status).toBe(200);
    expect((await api.ask(path, { headers: { Authorization: basic(token, '') } })).status).toBe(401);
    expect((await api.ask(path)).status).toBe(401);
  });

  test('under /prometheus a refusal has the shape of Prometheus', async () => {
    api = await startHarness();
    const answer = await api.ask('/prometheus/api/v1/query?query=1');
    expect(answer.json).toMatchObject({ status: 'error', errorType: 'unauthorized' });
  });

  test('health is answered without it and tells nothing more than health', async () => {
    api = await startHarness({ ready: false });
    expect((await api.ask('/healthz')).json).toEqual({ status: 'ok' });
    const ready = await api.ask('/readyz');
    expect(ready.status).toBe(503);
    expect(ready.json).toEqual({ status: 'not ready', parts: { store: true, jobs: false } });
  });

  test('without one configured, reads need none but must name this machine in Host', async () => {
    api = await startHarness({ token: null });
    expect((await api.ask('/api/v1/jobs')).status).toBe(200);
    expect((await api.ask('/api/v1/jobs', { headers: { Host: 'localhost:9099' } })).status).toBe(200);
    expect((await api.ask('/api/v1/jobs', { headers: { Host: '[::1]:9099' } })).status).toBe(200);
    const rebound = await api.ask('/api/v1/jobs', { headers: { Host: 'rebound.attacker.example:9099' } });
    expect(rebound.status).toBe(403);
    expect(rebound.json['code']).toBe('forbidden');
  });
});

describe('who may change something', () => {
  test.each(['user:Admin(server admin)', 'user:Admin', 'user:Editor', 'basic-auth:Editor'] as const)(
    'a %s may, and is recorded by the uid that is the same in all organizations',
    async (caller) => {
      const answer = await create(await grafana.sign(recordedClaims(caller)));
      expect(answer.status).toBe(201);
      expect(api.jobs.actors).toEqual([
        { id: recordedClaims(caller)['identifier'], name: recordedClaims(caller)['name'] },
      ]);
    }
  );

  test.each(['service-account:Admin', 'service-account:Editor'] as const)('a %s may', async (caller) => {
    const answer = await create(await grafana.sign(recordedClaims(caller)));
    expect(answer.status).toBe(201);
    expect(api.jobs.actors).toEqual([{ id: recordedClaims(caller)['identifier'], name: recordedClaims(caller).sub }]);
  });

  test.each(['user:Viewer', 'service-account:Viewer'] as const)('a %s may not', async (caller) => {
    const answer = await create(await grafana.sign(recordedClaims(caller)));
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('forbidden');
    expect(answer.json['detail']).toMatch(/needs the role Editor.*has the role Viewer/);
  });

  test('an anonymous viewer may not, although the signature is good', async () => {
    const answer = await create(await grafana.sign(recordedClaims('anonymous')));
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('signed_user_required');
    expect(answer.json['detail']).toMatch(/anonymous/i);
  });

  test.each([
    ['is anonymous and an Admin', { type: 'anonymous', sub: 'anonymous:0', role: 'Admin' }, /anonymous/i],
    ['has no role', { role: undefined }, /has the role None/],
    ['has a role of another time', { role: 'Owner' }, /has the role None/],
    ['names a type of its own', { type: 'render' }, /no type and subject/],
    ['names a subject of another type', { type: 'user', sub: 'anonymous:0' }, /no type and subject/],
    ['is for another organization', { aud: 'org:2' }, /for "org:2", but grafana.orgs has 1, 7/],
    ['is for two of the organizations', { aud: ['org:1', 'org:7'] }, /exactly one of the organizations/],
    ['comes from another Grafana', { iss: 'http://evil.example/' }, /comes from "http:\/\/evil.example\/".*publicUrl/],
    ['has expired beyond the tolerance', { exp: nowSeconds - 31 }, /has expired/],
    ['has no type', { type: undefined }, /claim type/],
  ])('a token that %s is refused, saying so', async (_name, changes, reason) => {
    const answer = await create(await grafana.sign(claims(changes)));
    expect(answer.status).toBe(403);
    expect(answer.json['detail']).toMatch(reason);
    expect(api.jobs.actors).toEqual([]);
  });

  test('a token that never expires is refused', async () => {
    const { exp: _exp, ...endless } = claims();
    expect((await create(await grafana.sign(endless))).json['detail']).toMatch(/claim exp/);
  });

  test('an arriving token may be half a minute over, because clocks differ', async () => {
    const almost = { ...claims(), exp: nowSeconds - 29 };
    expect((await create(await grafana.sign(almost))).status).toBe(201);
  });

  test.each([
    ['alg none', () => grafana.unsigned(claims())],
    ['HS256 with the public key as secret', () => grafana.signWithPublicKey(claims())],
  ])('a token with %s is refused', async (_name, make) => {
    const answer = await create(await make());
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('signed_user_required');
  });

  test('a token signed with another key is refused', async () => {
    const answer = await create(await grafana.signWithOtherKey(claims()));
    expect(answer.json['detail']).toBe("The identity token's signature is wrong.");
  });

  test.each([
    ['nothing', ''],
    ['no token at all', 'admin'],
    ['three dots', '...'],
    ['a very long text', 'x'.repeat(9_000)],
  ])('%s in place of the token is refused', async (_name, text) => {
    const answer = await create(text);
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('signed_user_required');
  });

  test.each(Object.entries(Spoofing.parse(readRecording('spoofing.json'))))(
    'what a browser adds by itself makes nobody more than the signature does: %s',
    async (_name, { arrived }) => {
      const { 'x-grafana-id': recorded, host: _host, authorization: _token, te: _te, ...others } = arrived;
      const { iss: _iss, iat: _iat, exp: _exp, ...who } = recorded;
      const answer = await create(await grafana.sign(claims({ ...who, type: who.sub.split(':')[0] })), {
        ...z.record(z.string(), z.string()).parse(others),
        'X-Grafana-User': 'admin',
      });
      expect(answer.status).toBe(403);
      expect(answer.json['detail']).toMatch(/role Viewer|anonymous/i);
      expect(api.jobs.actors).toEqual([]);
    }
  );

  test('without a configured Grafana nothing is changed, and the answer says what to set', async () => {
    api = await startHarness();
    const headers = changeHeaders(await grafana.sign(claims()));
    const answer = await api.ask('/api/v1/jobs', { method: 'POST', headers, body: jobBody });
    expect(answer.status).toBe(403);
    expect(answer.json['detail']).toMatch(/grafana\.url and grafana\.publicUrl/);
  });
});

describe('the grant of the proxy route', () => {
  const ask = async (path: string, method: string, grant: string | undefined) => {
    api = await startHarness({ grafanaUrl: grafana.url });
    const headers = { ...bearer(), 'X-Grafana-Id': await grafana.sign(claims()) };
    return api.ask(path, { method, headers: grant === undefined ? headers : { ...headers, 'X-Aiops-Grant': grant } });
  };

  test.each([
    ['a change without one', '/api/v1/jobs/a', 'DELETE', undefined],
    ['a change with the one for reads', '/api/v1/jobs/a', 'DELETE', 'insights:read'],
    ['a change with two in one header', '/api/v1/jobs/a', 'DELETE', 'insights:read, models:write'],
    ['a read with the one for changes', '/api/v1/jobs/a', 'GET', 'models:write'],
    ['a read with an unknown one', '/api/v1/jobs/a', 'GET', 'runs:execute'],
    ['a read with an empty one', '/api/v1/jobs/a', 'GET', ''],
  ])('%s is refused', async (_name, path, method, grant) => {
    const answer = await ask(path, method, grant);
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('grant_mismatch');
  });

  test('a read without one passes: rule evaluations come from no route', async () => {
    expect((await ask('/api/v1/jobs', 'GET', undefined)).status).toBe(200);
  });
});

describe("Grafana's keys", () => {
  const remove = async () =>
    api.ask('/api/v1/jobs/a', { method: 'DELETE', headers: changeHeaders(await grafana.sign(claims())) });

  test('are asked for once an hour by our clock, although Grafana says no-store', async () => {
    api = await startHarness({ grafanaUrl: grafana.url });
    const before = grafana.requests();
    await remove();
    await remove();
    api.clock.time += 3_599_000;
    const later = async () => {
      const fresh = { ...claims(), exp: Math.floor(api.clock.time / 1_000) + 60 };
      return api.ask('/api/v1/jobs/a', { method: 'DELETE', headers: changeHeaders(await grafana.sign(fresh)) });
    };
    expect((await later()).status).toBe(404);
    expect(grafana.requests() - before).toBe(1);
    api.clock.time += 2_000;
    expect((await later()).status).toBe(404);
    expect(grafana.requests() - before).toBe(2);
  });

  test('are asked for again when a token names a new one, but not at every stranger', async () => {
    api = await startHarness({ grafanaUrl: grafana.url });
    await remove();
    const before = grafana.requests();
    await grafana.rotate('id-2026-12-es256');
    api.clock.time += 11_000;
    expect((await remove()).status).toBe(404);
    expect(grafana.requests() - before).toBe(1);
    const stranger = changeHeaders(await grafana.sign(claims(), { kid: 'id-unknown' }));
    const refused = await api.ask('/api/v1/jobs/a', { method: 'DELETE', headers: stranger });
    expect(refused.json['detail']).toMatch(/a key that .* does not publish/);
    expect(grafana.requests() - before).toBe(1);
  });

  test.each([
    ['Grafana answers an error', 503, '', /it answers 503/],
    ['it is Grafana Cloud, which publishes none', 200, '{"keys":null}', /no signing keys/],
    ['something else answers', 200, '<html>', /not a key set/],
  ])('when %s, the refusal names the address and why', async (_name, status, body, reason) => {
    grafana.answer(status, body);
    api = await startHarness({ grafanaUrl: grafana.url });
    const answer = await remove();
    expect(answer.status).toBe(403);
    expect(answer.json['code']).toBe('signed_user_required');
    expect(answer.json['detail']).toContain(`${grafana.url}api/signing-keys/keys`);
    expect(answer.json['detail']).toMatch(reason);
  });

  test('when nobody listens there, changes are refused and reads go on', async () => {
    api = await startHarness({ grafanaUrl: 'http://127.0.0.1:9/' });
    const answer = await remove();
    expect(answer.json['detail']).toMatch(/can't be read from http:\/\/127\.0\.0\.1:9\/api\/signing-keys\/keys/);
    const headers = { ...bearer(), 'X-Grafana-Id': await grafana.sign(claims()) };
    expect((await api.ask('/api/v1/jobs', { headers })).status).toBe(200);
  });
});

describe('the caller on the status page', () => {
  const callerOf = async (idToken?: string) => {
    api = await startHarness({ grafanaUrl: grafana.url });
    const headers = { ...bearer(), ...(idToken === undefined ? {} : { 'X-Grafana-Id': idToken }) };
    return (await api.ask('/api/v1/status', { headers })).json['caller'];
  };

  test('is the signed user with role and organization', async () => {
    expect(await callerOf(await grafana.sign(claims({ role: 'Admin', aud: 'org:7' })))).toEqual({
      kind: 'user',
      name: 'P Editor',
      role: 'Admin',
      orgId: 7,
      changesRefused: null,
    });
  });

  test('says to a Viewer why changes are refused', async () => {
    const caller = await callerOf(await grafana.sign(recordedClaims('user:Viewer')));
    expect(caller).toMatchObject({ role: 'Viewer', changesRefused: expect.stringMatching(/needs the role Editor/) });
  });

  test('is the token alone when nobody signed, with the reason', async () => {
    expect(await callerOf()).toMatchObject({ kind: 'token', changesRefused: expect.stringMatching(/identity token/) });
  });
});
