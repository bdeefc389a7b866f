import type { AlertmanagerSettings } from '../config/config-types.ts';
import type { Database } from '../store/database.ts';
import { AlertSender, type AlertSenderDeps, type AlertSenderStatus } from './alert-sender.ts';
import { DeliveryRepository } from './delivery-repository.ts';

/** Everyone who is told of anomalies. */
export interface AlertSenders {
  start(): void;
  /** An anomaly changed. */
  wake(): void;
  statuses(): readonly AlertSenderStatus[];
  /** Safe to call twice. */
  stop(): Promise<void>;
}

type SharedDeps = Omit<AlertSenderDeps, 'settings' | 'deliveries' | 'random'>;

/** One sender for each Alertmanager replica: a slow one keeps no other waiting. */
export function createAlertSenders(
  deps: SharedDeps & { readonly database: Database; readonly alertmanagers: readonly AlertmanagerSettings[] }
): AlertSenders {
  const deliveries = new DeliveryRepository(deps.database);
  const senders = deps.alertmanagers.map(
    (settings) => new AlertSender({ ...deps, settings, deliveries, random: Math.random })
  );
  return {
    start: () => senders.forEach((sender) => sender.start()),
    wake: () => senders.forEach((sender) => sender.wake()),
    statuses: () => senders.map((sender) => sender.status()),
    stop: async () => {
      await Promise.all(senders.map((sender) => sender.stop()));
    },
  };
}
