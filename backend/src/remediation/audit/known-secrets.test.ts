import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownSecrets } from './known-secrets.ts';

test('the secrets of settings are the tokens, the values of headers, and what their files hold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aiops-secrets-'));
  try {
    writeFileSync(join(folder, 'token'), 'file-canary\n');
    const hidden = { url: 'http://a', headers: { 'X-Key': 'header-canary' } };
    Object.defineProperty(hidden, 'toJSON', { value: () => ({}) });
    const settings = {
      server: { token: 'token-canary', host: '127.0.0.1' },
      sources: [hidden, { basic: { user: 'ann', passwordFile: join(folder, 'token') } }],
      engines: [{ vaultPasswordFile: join(folder, 'none'), bearerTokenFile: undefined }],
      store: { file: join(folder, 'token') },
    };
    expect(knownSecrets(settings)).toEqual(['token-canary', 'header-canary', 'file-canary']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
