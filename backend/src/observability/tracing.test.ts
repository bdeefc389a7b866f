import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { inSpan, startTracing } from './tracing.ts';

let collector: Server | undefined;

afterEach(() => {
  collector?.closeAllConnections();
  collector?.close();
});

async function startCollector(bodies: string[]): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString('latin1')}`);
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  collector = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

test('work runs the same without tracing, and its spans reach a collector with it', async () => {
  expect(await inSpan('untraced', {}, async () => 7)).toBe(7);
  const bodies: string[] = [];
  const tracing = await startTracing(`${await startCollector(bodies)}/`);
  expect(await inSpan('training', { 'aiops.points': 12 }, async () => 8)).toBe(8);
  await expect(inSpan('failing', {}, () => Promise.reject(new Error('as planned')))).rejects.toThrow('as planned');
  await tracing.stop();
  await tracing.stop();
  const sent = bodies.join('');
  expect(sent).toMatch(/^POST \/v1\/traces /);
  expect(sent).toContain('training');
  expect(sent).toContain('failing');
  expect(sent).not.toContain('untraced');
});
