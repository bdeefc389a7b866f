import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { spanText } from '../anomalies/anomalyLook.ts';
import type { GuardVerdict } from '../../backend/src/contract/index.ts';
import { formatRatio } from '../forecast/format.ts';

const titles: Readonly<Record<string, () => string>> = {
  'kill-switch': () => t('guard.killSwitch', 'Kill switch'),
  source: () => t('guard.source', 'Source'),
  mode: () => t('guard.mode', 'Mode of the policy'),
  absence: () => t('guard.absence', 'Data is there'),
  'own-alert': () => t('guard.ownAlert', 'Own alert'),
  firing: () => t('guard.firing', 'Still firing'),
  age: () => t('guard.age', 'Age of the alert'),
  lasting: () => t('guard.lasting', 'Lasts long enough'),
  duplicate: () => t('guard.duplicate', 'Not running already'),
  calendar: () => t('guard.calendar', 'Maintenance and freezes'),
  silence: () => t('guard.silence', 'Silence'),
  target: () => t('guard.target', 'Target'),
  self: () => t('guard.self', 'Not our own host'),
  correlation: () => t('guard.correlation', 'Other alerts of the target'),
  flap: () => t('guard.flap', 'Comes and goes'),
  cooldown: () => t('guard.cooldown', 'Cooldown'),
  attempts: () => t('guard.attempts', 'Attempts'),
  breaker: () => t('guard.breaker', 'Circuit breaker'),
  dependency: () => t('guard.dependency', 'What it depends on'),
  'mass-failure': () => t('guard.massFailure', 'Mass failure'),
  'blast-radius': () => t('guard.blastRadius', 'Blast radius in the group'),
  'global-radius': () => t('guard.globalRadius', 'Blast radius over all'),
  'min-healthy': () => t('guard.minHealthy', 'Healthy members'),
  concurrency: () => t('guard.concurrency', 'Runs at the same time'),
  exclusion: () => t('guard.exclusion', 'Nobody else acts there'),
  'dry-run': () => t('guard.dryRun', 'Dry run first'),
  approval: () => t('guard.approval', 'Approval'),
};

/** The guard's name for people; one that this version does not know keeps the backend's. */
export function guardTitle({ name }: Pick<GuardVerdict, 'name'>): string {
  return Object.hasOwn(titles, name) ? (titles[name]?.() ?? name) : name;
}

/** Where instants begin and lengths of time end: 1973. */
const firstInstantMs = 1e11;

/** A number of a verdict in its unit, which its name ends with. */
export function guardNumber(name: string, value: number | string): string {
  if (typeof value === 'string') {
    return value;
  }
  if (name.endsWith('Ms')) {
    return value >= firstInstantMs ? dateTimeFormat(value) : spanText(value);
  }
  return /share|ratio/i.test(name) && value <= 1 ? formatRatio(value) : String(Math.round(value * 1000) / 1000);
}

/** Those that refuse first, then those that wait, then those that pass, each in the order they were asked in. */
export function byWeight(verdicts: readonly GuardVerdict[]): GuardVerdict[] {
  const order = ['refuse', 'wait', 'pass'];
  return [...verdicts].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
}
