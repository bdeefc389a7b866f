import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AppError } from '../../../errors.ts';

/**
 * Addresses that answer any machine with its own secrets: link-local ones, where clouds put their metadata, and the
 * metadata addresses outside of that range (AWS over IPv6, Alibaba, Oracle). RFC 3927, RFC 4291.
 */
const blocked = new BlockList();
blocked.addSubnet('169.254.0.0', 16, 'ipv4');
blocked.addAddress('100.100.100.200', 'ipv4');
blocked.addAddress('192.0.0.192', 'ipv4');
blocked.addSubnet('0.0.0.0', 8, 'ipv4');
blocked.addSubnet('fe80::', 10, 'ipv6');
blocked.addSubnet('fd00:ec2::', 32, 'ipv6');
blocked.addAddress('fd20:ce::254', 'ipv6');
// The same over NAT64 (RFC 6052).
blocked.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
blocked.addAddress('::', 'ipv6');

/** Whether no request may go there. An IPv4 address inside an IPv6 one counts as itself. */
export function isBlockedAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && blocked.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** What is wrong with the host of a URL when that is an address; names are judged when they are looked up. */
export function addressFault(url: string): string | undefined {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isBlockedAddress(host) ? `${host} is a link-local or metadata address; no request goes there` : undefined;
}

/**
 * Looks a name up and hands on only if none of its addresses is blocked. The connection is made to the very addresses
 * that were judged: a second answer of DNS can't lead elsewhere.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const bad = addresses.find(({ address }) => isBlockedAddress(address));
    if (bad !== undefined) {
      const message = `${hostname} leads to ${bad.address}, a link-local or metadata address; no request goes there`;
      callback(new AppError('forbidden', message), []);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? 4);
    }
  });
};
