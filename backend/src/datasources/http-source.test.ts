import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HttpSource } from './http-source.ts';
import type { SourceSettings } from './source-settings.ts';

const never = new AbortController().signal;
const question = { method: 'GET', path: '/api/v1/query', form: { query: 'up' } } as const;
const closing: Array<() => Promise<unknown> | void> = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-source-'));
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function source(url: string, changes: Partial<SourceSettings> = {}): HttpSource {
  const http = new HttpSource({
    name: 'main',
    kind: 'prometheus',
    url,
    timeoutMs: 5_000,
    delayMs: 0,
    maxBytes: 1_000_000,
    ...changes,
  });
  closing.push(() => http.stop());
  return http;
}

/** Answers each request with its own headers, path and body. */
const mirror: RequestListener = (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    const { headers, method, url } = request;
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(parts).toString() }));
  });
};

async function seen(http: HttpSource, asked: Parameters<HttpSource['ask']>[0] = question) {
  const { body } = await http.ask(asked, never);
  return JSON.parse(body) as { method: string; url: string; headers: IncomingMessage['headers']; body: string };
}

describe('a question', () => {
  test('as POST sends its parameters as a form, under the path of the url', async () => {
    const url = await listen(mirror);
    const request = await seen(source(`${url}/prometheus`), { ...question, method: 'POST' });
    expect(request).toMatchObject({ method: 'POST', url: '/prometheus/api/v1/query', body: 'query=up' });
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('as GET sends them in the query string', async () => {
    const request = await seen(source(await listen(mirror)));
    expect(request).toMatchObject({ method: 'GET', url: '/api/v1/query?query=up' });
  });

  test('reads a gzip answer', async () => {
    const url = await listen((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"ok":true}'));
    });
    expect((await source(url).ask(question, never)).body).toBe('{"ok":true}');
  });
});

describe('credentials', () => {
  test('a bearer token is read again when its file changes', async () => {
    const bearerTokenFile = join(folder, 'token');
    await writeFile(bearerTokenFile, 'first\n');
    const http = source(await listen(mirror), { bearerTokenFile });
    expect((await seen(http)).headers.authorization).toBe('Bearer first');
    await writeFile(bearerTokenFile, 'second-one\n');
    expect((await seen(http)).headers.authorization).toBe('Bearer second-one');
  });

  test('basic takes user and password file', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'pä55\n');
    const http = source(await listen(mirror), { basic: { user: 'me', passwordFile } });
    const expected = `Basic ${Buffer.from('me:pä55').toString('base64')}`;
    expect((await seen(http)).headers.authorization).toBe(expected);
  });

  test('extra headers are sent', async () => {
    const http = source(await listen(mirror), { headers: { 'X-Team': 'payments' } });
    expect((await seen(http)).headers['x-team']).toBe('payments');
  });

  test('a missing token file is named, without retries', async () => {
    const http = source(await listen(mirror), { bearerTokenFile: join(folder, 'none') });
    await expect(http.ask(question, never)).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(http.ask(question, never)).rejects.toThrow(/bearer token file .*none can't be read/);
  });

  test('an empty token file is refused', async () => {
    await writeFile(join(folder, 'token'), '\n');
    const http = source(await listen(mirror), { bearerTokenFile: join(folder, 'token') });
    await expect(http.ask(question, never)).rejects.toThrow(/must hold one line of text; it is empty/);
  });

  test('a secret that the server repeats does not reach the message', async () => {
    await writeFile(join(folder, 'token'), 'very-secret-token');
    const url = await listen((request, response) => {
      response.writeHead(502).end(`bad gateway for ${String(request.headers.authorization)}`);
    });
    const http = source(url, { bearerTokenFile: join(folder, 'token') });
    const error = await http.ask(question, never).catch((thrown: unknown) => String(thrown));
    expect(error).toContain('bad gateway for Bearer ***');
    expect(error).not.toContain('very-secret-token');
  });
});

describe('limits', () => {
  test('an answer above the size cap is given up while it still flows', async () => {
    let written = 0;
    const url = await listen((_, response) => {
      const more = () => {
        while (!response.destroyed && written < 50_000_000 && response.write('x'.repeat(100_000))) {
          written += 100_000;
        }
      };
      response.on('drain', more);
      more();
    });
    await expect(source(url).ask(question, never)).rejects.toMatchObject({ code: 'source_too_large' });
    expect(written).toBeLessThan(40_000_000);
  });

  test('the cap counts decompressed bytes: a gzip bomb is refused', async () => {
    const url = await listen((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(20_000_000)));
    });
    await expect(source(url).ask(question, never)).rejects.toMatchObject({ code: 'source_too_large' });
  });

  test('a server that hangs ends at the deadline', async () => {
    const url = await listen(() => undefined);
    const http = source(url, { timeoutMs: 80 });
    await expect(http.ask(question, never)).rejects.toMatchObject({ code: 'source_timeout' });
  });

  test('a server that stops in the middle of its answer ends at the deadline', async () => {
    const url = await listen((_, response) => response.write('{"status":'));
    const http = source(url, { timeoutMs: 80 });
    await expect(http.ask(question, never)).rejects.toMatchObject({ code: 'source_timeout' });
  });

  test("the caller's abort comes back as the caller's reason", async () => {
    const caller = new AbortController();
    const url = await listen(() => caller.abort(new Error('user left')));
    await expect(source(url).ask(question, caller.signal)).rejects.toThrow('user left');
  });

  test('never more than four questions are under way at once', async () => {
    let running = 0;
    let most = 0;
    const url = await listen((_, response) => {
      running += 1;
      most = Math.max(most, running);
      setImmediate(() => {
        running -= 1;
        response.end('{}');
      });
    });
    const http = source(url);
    await Promise.all(Array.from({ length: 20 }, () => http.ask(question, never)));
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('failures on the way', () => {
  test('a passing 503 is asked again', async () => {
    let asked = 0;
    const url = await listen((_, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 503 : 200).end('{}');
    });
    expect((await source(url).ask(question, never)).status).toBe(200);
    expect(asked).toBe(2);
  });

  test('a lasting 503 becomes source_unavailable with what the server said, after three attempts', async () => {
    let asked = 0;
    const url = await listen((_, response) => {
      asked += 1;
      response.writeHead(503).end('try\nlater');
    });
    await expect(source(url).ask(question, never)).rejects.toThrow(/answered 503 "try later"/);
    expect(asked).toBe(3);
  });

  test('a connection that is closed half way becomes source_unavailable', async () => {
    const url = await listen((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
      setImmediate(() => request.socket.destroy());
    });
    await expect(source(url).ask(question, never)).rejects.toMatchObject({ code: 'source_unavailable' });
  });

  test('a gzip stream that is closed half way becomes source_unavailable', async () => {
    const url = await listen((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '1000' });
      response.write(gzipSync('x'.repeat(10_000)).subarray(0, 20));
      setImmediate(() => request.socket.destroy());
    });
    await expect(source(url).ask(question, never)).rejects.toMatchObject({ code: 'source_unavailable' });
  });

  test('a redirect is handed back, not followed: credentials stay where they belong', async () => {
    let visited = 0;
    const other = await listen((_, response) => {
      visited += 1;
      response.end('{}');
    });
    const url = await listen((_, response) => response.writeHead(302, { location: `${other}/login?state=x` }).end());
    const reply = await source(url).ask(question, never);
    expect(reply).toMatchObject({ status: 302, location: `${other}/login` });
    expect(visited).toBe(0);
  });

  test('after stop nothing is asked', async () => {
    const http = source(await listen(mirror));
    await http.stop();
    await http.stop();
    await expect(http.ask(question, never)).rejects.toThrow(/process stops/);
  });
});
