import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** Headers that Grafana puts on every answer of its API. */
export const securityHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'deny',
  'x-xss-protection': '1; mode=block',
} as const;

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { ...securityHeaders, 'content-type': 'application/json' });
  res.end(res.req.method === 'HEAD' ? '' : JSON.stringify(body));
}

export function sendText(res: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  res.writeHead(status, { ...securityHeaders, 'content-type': `${type}; charset=utf-8` });
  res.end(text);
}

/** Sends a file below `folder`; 404 for anything outside of it, folders and missing files. */
export async function sendFile(
  res: ServerResponse,
  folder: string,
  relative: string,
  cacheable = false
): Promise<void> {
  const file = path.resolve(folder, `.${path.posix.normalize(`/${relative}`)}`);
  const found = file.startsWith(path.resolve(folder) + path.sep) ? await stat(file).catch(() => undefined) : undefined;
  if (found === undefined || !found.isFile()) {
    sendText(res, 404, 'not found');
    return;
  }
  res.writeHead(200, {
    'content-type': contentTypes[path.extname(file)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': cacheable ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  createReadStream(file)
    .on('error', () => res.destroy())
    .pipe(res);
}

const maxBodyBytes = 1_000_000;

/** A JSON body of at most 1 MB; undefined when it is not JSON. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) {
      return undefined;
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
