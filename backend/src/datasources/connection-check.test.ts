import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createMetricStore } from './metrics/prometheus.ts';
import type { SourceSettings } from './source-settings.ts';

const never = new AbortController().signal;
const closing: Array<() => unknown> = [];
let folder = '';
const pem = (name: string) => join(folder, `${name}.pem`);

/** A self-signed certificate for localhost (and one for another name). */
function makeCertificate(name: string, host: string): void {
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const out = ['-keyout', pem(`${name}-key`), '-out', pem(name), '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...out, ...subject], { stdio: 'ignore' });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connection-check-'));
  makeCertificate('server', 'localhost');
  makeCertificate('other', 'metrics.example');
  makeCertificate('client', 'aiops');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const json = (body: unknown, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(body) });
const buildInfo = json({ status: 'success', data: { version: '2.42.0' } });
const two = json({ status: 'success', data: { resultType: 'scalar', result: [1, '2'] } });

interface Answers {
  readonly info?: { status: number; type: string; body: string };
  readonly query?: { status: number; type: string; body: string };
}

const answering =
  ({ info = buildInfo, query = two }: Answers = {}): RequestListener =>
  (request, response) => {
    const { status, type, body } = request.url?.includes('buildinfo') === true ? info : query;
    response.writeHead(status, { 'content-type': type }).end(body);
  };

async function check(url: string, changes: Partial<SourceSettings> = {}) {
  const settings: SourceSettings = {
    name: 'main',
    kind: 'prometheus',
    url,
    timeoutMs: 3_000,
    delayMs: 0,
    maxBytes: 1e6,
  };
  const store = createMetricStore({ ...settings, ...changes });
  closing.push(() => store.stop());
  return await store.checkConnection(never);
}

const plain = async (answers?: Answers) => `http://127.0.0.1:${await listen(createServer(answering(answers)))}`;
const tlsServer = async (name: string, more: object = {}) => {
  const options = { key: readFileSync(pem(`${name}-key`)), cert: readFileSync(pem(name)), ...more };
  return `https://localhost:${await listen(createTlsServer(options, answering()) as unknown as Server)}`;
};

describe('a source that works', () => {
  test('is reported step by step with its version', async () => {
    const report = await check(await plain());
    expect(report).toMatchObject({ ok: true, product: 'Prometheus', version: '2.42.0' });
    expect(report.steps.map(({ step }) => step)).toEqual(['dns', 'tcp', 'http', 'auth', 'product', 'query']);
  });

  test('over TLS with its CA named has a step for TLS', async () => {
    const report = await check(await tlsServer('server'), { tls: { caFile: pem('server') } });
    expect(report.message).toMatch(/works/);
    expect(report.steps.find(({ step }) => step === 'tls')).toMatchObject({
      ok: true,
      detail: 'the certificate is trusted',
    });
  });

  test('with insecureSkipVerify says that nothing is checked', async () => {
    const report = await check(await tlsServer('other'), { tls: { insecureSkipVerify: true } });
    expect(report.steps.find(({ step }) => step === 'tls')?.detail).toMatch(/not checked/);
  });

  test('that asks for a client certificate gets it', async () => {
    const url = await tlsServer('server', {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(pem('client')),
    });
    const tls = { caFile: pem('server'), certFile: pem('client'), keyFile: pem('client-key') };
    expect(await check(url, { tls })).toMatchObject({ ok: true });
    expect(await check(url, { tls: { caFile: pem('server') } })).toMatchObject({ ok: false, cause: 'tls' });
  });

  test('without buildinfo, as behind some proxies, still works', async () => {
    const url = await plain({ info: { status: 404, type: 'text/plain', body: '404 page not found' } });
    expect(await check(url)).toMatchObject({ ok: true });
  });
});

describe('the cause and the next step are named', () => {
  test('dns', async () => {
    const report = await check('http://no-such-host.invalid:9090');
    expect(report).toMatchObject({ ok: false, cause: 'dns' });
    expect(report.message).toMatch(/check the host/);
  });

  test('refused', async () => {
    const port = await listen(createServer());
    await closing.splice(0)[0]?.();
    expect(await check(`http://127.0.0.1:${port}`)).toMatchObject({ ok: false, cause: 'refused' });
  });

  test('tls: a certificate that nobody signed', async () => {
    const report = await check(await tlsServer('server'));
    expect(report).toMatchObject({ cause: 'tls' });
    expect(report.message).toMatch(/self-signed; name it as tls.ca/);
  });

  test('tls: a certificate for another name', async () => {
    const report = await check(await tlsServer('other'), { tls: { caFile: pem('other') } });
    expect(report).toMatchObject({ cause: 'tls' });
    expect(report.message).toMatch(/another name.*tls.serverName/);
  });

  test('tls: https to a port without TLS', async () => {
    const report = await check((await plain()).replace('http:', 'https:'));
    expect(report).toMatchObject({ cause: 'tls' });
    expect(report.message).toMatch(/use http:\/\//);
  });

  test('tls: a CA file that is not there', async () => {
    const report = await check(await tlsServer('server'), { tls: { caFile: pem('none') } });
    expect(report).toMatchObject({ cause: 'tls' });
    expect(report.message).toMatch(/CA file .*none.pem can't be read/);
  });

  test('unauthorized', async () => {
    const denied = { status: 401, type: 'text/plain', body: 'no org id\n' };
    const report = await check(await plain({ query: denied }), { kind: 'mimir' });
    expect(report).toMatchObject({ cause: 'unauthorized' });
    expect(report.steps.at(-1)).toMatchObject({ step: 'auth', ok: false });
    expect(report.message).toMatch(/set tenant/);
  });

  test('not-found: Mimir without its prefix, also when it is taken for Prometheus', async () => {
    const info = json({ status: 'success', data: { application: 'Grafana Mimir', version: '3.0.3' } });
    const url = await plain({ info, query: { status: 404, type: 'text/plain', body: '404 page not found' } });
    const report = await check(url);
    expect(report).toMatchObject({ cause: 'not-found' });
    expect(report.message).toMatch(/end the url with \/prometheus/);
  });

  test('not-prometheus', async () => {
    const page = { status: 200, type: 'text/html', body: '<html>Sign in</html>' };
    expect(await check(await plain({ info: page, query: page }))).toMatchObject({ cause: 'not-prometheus' });
  });

  test('timeout: a server that accepts and stays silent', async () => {
    const port = await listen(createServer(() => undefined));
    const report = await check(`http://127.0.0.1:${port}`, { timeoutMs: 150 });
    expect(report).toMatchObject({ ok: false, cause: 'timeout' });
  });

  test('unavailable: a gateway whose server is down', async () => {
    const down = { status: 502, type: 'text/html', body: '<html>Bad gateway</html>' };
    const report = await check(await plain({ info: down, query: down }));
    expect(report).toMatchObject({ cause: 'unavailable' });
    expect(report.message).toMatch(/502/);
  });
});
