import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { loadConfig } from './load-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-contacts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function load(contacts: string) {
  const sources = 'sources: [{ name: main, url: http://prometheus:9090 }]';
  writeFileSync(join(folder, 'aiops.yaml'), `${sources}\ncontacts:\n${contacts}`);
  return loadConfig({ file: join(folder, 'aiops.yaml'), env: {} }).contacts;
}

test('contacts are resolved: ports of mail, absolute paths, deadlines in units', () => {
  writeFileSync(join(folder, 'password'), 'x');
  const contacts = load(
    [
      '  - { name: chat, kind: webhook, url: "https://chat.example/hook/", timeout: 3s }',
      '  - { name: am, kind: alertmanager, url: http://am:9093 }',
      '  - { name: mail, kind: email, url: smtp://mx.example, from: aiops@example.com, to: [a@example.com],',
      '      basic: { user: aiops, passwordFile: password } }',
      '  - { name: safe, kind: email, url: "smtps://[::1]", from: aiops@example.com, to: [a@example.com] }',
      '  - { name: odd, kind: email, url: "smtp://mx.example:2525", from: aiops@example.com, to: [a@example.com] }',
    ].join('\n')
  );
  expect(contacts).toMatchObject([
    { name: 'chat', kind: 'webhook', url: 'https://chat.example/hook', timeoutMs: 3_000 },
    { name: 'am', kind: 'alertmanager', url: 'http://am:9093', timeoutMs: 10_000 },
    {
      ...{
        name: 'mail',
        host: 'mx.example',
        port: 587,
        secure: false,
        from: 'aiops@example.com',
        to: ['a@example.com'],
      },
      basic: { user: 'aiops', passwordFile: join(folder, 'password') },
    },
    { name: 'safe', host: '::1', port: 465, secure: true },
    { name: 'odd', port: 2525, secure: false },
  ]);
});

test('headers of contacts, which may hold a key, are not shown', () => {
  const [contact] = load('  - { name: chat, kind: webhook, url: "https://c.example", headers: { X-Key: canary } }');
  expect(contact?.headers).toEqual({ 'X-Key': 'canary' });
  expect(JSON.stringify(contact)).not.toContain('canary');
});

test.each([
  [
    '{ name: a, kind: webhook, url: "smtp://mx" }',
    'expected a URL that starts with https:// for a contact of kind webhook',
  ],
  ['{ name: a, kind: email, url: "https://mx", from: a@b, to: [a@b] }', 'starts with smtp:// or smtps://'],
  ['{ name: a, kind: email, url: "smtp://mx", to: [a@b] }', 'a contact of kind email needs from'],
  ['{ name: a, kind: email, url: "smtp://mx", from: a@b }', 'a contact of kind email needs to'],
  ['{ name: a, kind: webhook, url: "https://c", from: a@b }', 'from is for contacts of kind email'],
  ['{ name: a, kind: webhook, url: "https://u:p@c" }', 'expected a URL without user and password'],
  ['{ name: a, kind: webhook, url: "file:///etc/passwd" }', 'expected a URL'],
  ['{ name: a, kind: email, url: "smtp://mx", from: "a@b\\r\\nBcc: e@e", to: [a@b] }', 'expected a mail address'],
  ['{ name: a, kind: email, url: "smtp://mx", from: a@b, to: ["a@b, e@e"] }', 'expected a mail address'],
  ['{ name: a, kind: pager, url: "https://c" }', 'kind'],
  [
    '{ name: a, kind: webhook, url: "https://c" }\n  - { name: a, kind: webhook, url: "https://d" }',
    'contact "a" is already in line',
  ],
  ['{ name: a, kind: webhook, url: "https://c", bearerTokenFile: none }', "the file can't be read"],
])('a contact such as %s is refused', (contact, reason) => {
  let said = '';
  try {
    load(`  - ${contact}`);
  } catch (error) {
    said = messageOf(error);
  }
  expect(said).toContain(reason);
});
