import type { PolicySpec } from '../../contract/remediation/policy.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { Labels } from '../../timeseries/series.ts';
import type { Inventory } from '../engines/automation-engine.ts';
import type { Policy } from './policy.ts';

/** Where a policy would act: exact names of the inventory, never a pattern. */
export type TargetResolution =
  | {
      readonly kind: 'resolved';
      /** At least one. */
      readonly targets: readonly string[];
      readonly group: string;
      /** All members of the group. */
      readonly members: readonly string[];
    }
  | { readonly kind: 'unresolved'; readonly reason: string };

const exactName = /^[A-Za-z0-9._-]+$/;
const shownLength = 80;

/**
 * From the label of an alert to a host of the inventory. Whatever is not exactly one member of the policy's group is
 * refused: an empty or strange value must never come to mean more than one host.
 */
export function targetOf(policy: Policy, episode: Pick<Episode, 'labels'>, inventory: Inventory): TargetResolution {
  const { group, label } = policy.spec.target;
  const host = hostOf(policy.spec.target, episode.labels);
  if (host === undefined || host === '') {
    return { kind: 'unresolved', reason: `the alert has no label "${label}" that names a host` };
  }
  if (!exactName.test(host) || host.startsWith('-')) {
    return { kind: 'unresolved', reason: `"${shown(host)}" (label ${label}) is not the name of a host` };
  }
  const members = inventory.get(group);
  if (members === undefined || members.length === 0) {
    return { kind: 'unresolved', reason: `group "${group}" is empty or not in the inventory` };
  }
  if (!members.includes(host)) {
    return { kind: 'unresolved', reason: `"${shown(host)}" is not a host of group "${group}" in the inventory` };
  }
  return { kind: 'resolved', targets: [host], group, members };
}

/** The name that a label stands for by the map of a policy, whether it exists or not; undefined without the label. */
export function hostOf({ label, map }: PolicySpec['target'], labels: Labels): string | undefined {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (value === undefined) {
    return undefined;
  }
  const named = ownEntry(map.names, value);
  if (named !== undefined) {
    return named;
  }
  const withoutPort = map.strip.includes('port') ? stripPort(value) : value;
  const host = map.strip.includes('domain') ? stripDomain(withoutPort) : withoutPort;
  return ownEntry(map.names, host) ?? host;
}

function ownEntry(names: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

/** `web-1:9100` → `web-1`, `[2001:db8::1]:9100` → `2001:db8::1`; an address with colons but no brackets stays whole. */
function stripPort(value: string): string {
  const bracketed = /^\[([0-9A-Fa-f:.%]+)\](?::\d{1,5})?$/.exec(value)?.[1];
  return bracketed ?? /^([^:]*):\d{1,5}$/.exec(value)?.[1] ?? value;
}

/** `web-1.shop.example` → `web-1`; an IPv4 address has no domain. */
function stripDomain(host: string): string {
  const isAddress = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
  return isAddress ? host : (host.split('.')[0] ?? host);
}

function shown(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > shownLength ? `${plain.slice(0, shownLength)}…` : plain;
}
