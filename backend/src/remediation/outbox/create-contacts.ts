import type { Clock } from '../../clock.ts';
import type { AlertmanagerSettings } from '../../config/config-types.ts';
import type { Contact } from './contact.ts';
import type { ContactSettings } from './contact-settings.ts';
import { createHttpContact } from './http-contact.ts';
import { createMailContact } from './mail-contact.ts';

/**
 * The contacts of the settings, in the order in which they stand in for each other. Without any, the Alertmanagers that
 * are told of anomalies hear of escalations too: there is always someone.
 */
export function createContacts(
  settings: readonly ContactSettings[],
  alertmanagers: readonly AlertmanagerSettings[],
  clock: Clock
): readonly Contact[] {
  const implied = alertmanagers.map((one, index) => ({
    ...{ ...one, name: `alertmanager-${index + 1}`, kind: 'alertmanager' as const },
  }));
  const named = settings.length > 0 ? settings : implied;
  return named.map((one) => (one.kind === 'email' ? createMailContact(one) : createHttpContact(one, clock)));
}
