import { lookup } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { addressFault, guardedLookup, isBlockedAddress } from './address-guard.ts';

describe('addresses that no request goes to', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '0.0.0.0',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '::',
  ])('%s is one', (address) => {
    expect(isBlockedAddress(address)).toBe(true);
  });

  test.each(['127.0.0.1', '10.1.2.3', '169.253.255.255', '192.168.1.1', '::1', '2001:db8::1', 'name.example'])(
    '%s is none',
    (address) => {
      expect(isBlockedAddress(address)).toBe(false);
    }
  );

  test.each([
    'http://169.254.169.254/latest',
    'http://[fe80::1]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
  ])('a URL can not hide one: %s', (url) => {
    expect(addressFault(url)).toMatch(/link-local or metadata/);
  });
});

describe('looking a name up', () => {
  const lookedUp = async (name: string, all: boolean) =>
    new Promise<{ error: Error | null; address: unknown }>((resolve) => {
      guardedLookup(name, { all }, (error, address) => resolve({ error, address }));
    });

  test('hands on what the system says', async () => {
    const { error, address } = await lookedUp('localhost', true);
    const real = await new Promise((resolve) =>
      lookup('localhost', { all: true }, (_, addresses) => resolve(addresses))
    );
    expect(error).toBeNull();
    expect(address).toEqual(real);
  });

  test('refuses a name that leads to a blocked address', async () => {
    // A numeric host is its own answer; undici asks for names only, and would be given this by a hostile DNS.
    const { error, address } = await lookedUp('169.254.169.254', false);
    expect(error?.message).toMatch(/169\.254\.169\.254, a link-local or metadata address/);
    expect(address).toEqual([]);
  });
});
