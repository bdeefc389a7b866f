import { z } from 'zod';
import type { AlertmanagerSettings } from '../../config/config-types.ts';
import { HttpSource } from '../../datasources/http-source.ts';
import { AppError } from '../../errors.ts';
import type { GrafanaClient } from '../../grafana/grafana-client.ts';
import { absenceOf } from './absence.ts';
import type { AlertMessage } from './episode-transition.ts';

/** An alert that a source lists, now, as one that it has not seen resolve. */
export interface ListedAlert {
  readonly message: AlertMessage;
  /** Silenced or inhibited: it fires, and nobody is told. */
  readonly suppressed: boolean;
  /** Receivers that it is routed to. */
  readonly receivers: readonly string[];
}

/** What lists alerts: one replica of Alertmanager, or Grafana. */
export interface AlertLister {
  /** @throws AppError when it does not answer */
  list(signal: AbortSignal): Promise<readonly ListedAlert[]>;
  stop(): Promise<void>;
}

const maxBytes = 16_777_216;

const Texts = z.record(z.string(), z.string());
const Alerts = z.array(
  z.object({
    fingerprint: z.string().max(64),
    labels: Texts,
    annotations: Texts,
    startsAt: z.iso.datetime({ offset: true }),
    generatorURL: z.string().optional(),
    receivers: z.array(z.object({ name: z.string() })).default([]),
    status: z.object({ state: z.enum(['active', 'suppressed', 'unprocessed']) }),
  })
);

/** The alerts of one Alertmanager, silenced and inhibited ones among them. */
export function alertmanagerLister(settings: AlertmanagerSettings): AlertLister {
  const source = new HttpSource({ ...settings, name: 'alertmanager', kind: 'prometheus', delayMs: 0, maxBytes });
  return {
    async list(signal) {
      const { status, body } = await source.ask({ method: 'GET', path: '/api/v2/alerts' }, signal);
      if (status !== 200) {
        const message = `${source.where}: /api/v2/alerts was answered ${status}; list the base address, without /api/v2`;
        throw new AppError('source_unavailable', message);
      }
      return parse(body, source.where).map(listedOf);
    },
    stop: () => source.stop(),
  };
}

/** The alerts of Grafana's own alerting. The client stays its owner's. */
export function grafanaLister(client: GrafanaClient): AlertLister {
  return {
    async list(signal) {
      const call = { method: 'GET', path: 'api/alertmanager/grafana/api/v2/alerts' } as const;
      return (await client.ask(call, Alerts, signal)).map(listedOf);
    },
    stop: () => Promise.resolve(),
  };
}

function parse(body: string, where: string): z.infer<typeof Alerts> {
  try {
    return Alerts.parse(JSON.parse(body));
  } catch (cause) {
    const message = `${where}: /api/v2/alerts answered no list of alerts; check the address`;
    throw new AppError('source_unavailable', message, { cause });
  }
}

function listedOf(alert: z.infer<typeof Alerts>[number]): ListedAlert {
  const labels = publicOf(alert.labels);
  const annotations = publicOf(alert.annotations);
  return {
    message: {
      ...{ status: 'firing', fingerprint: alert.fingerprint, labels, annotations },
      generatorUrl: alert.generatorURL ?? null,
      startsAtMs: Date.parse(alert.startsAt),
      ...{ endsAtMs: null, absence: absenceOf(labels, annotations), sender: '', truncated: 0 },
    },
    suppressed: alert.status.state === 'suppressed',
    receivers: alert.receivers.map(({ name }) => name),
  };
}

/** Messages have no private labels and annotations of Grafana's (`__…__`); its lists have. */
function publicOf(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !/^__.*__$/.test(name)));
}
