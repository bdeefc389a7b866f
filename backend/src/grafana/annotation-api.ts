import { z } from 'zod';
import type { StoredAnomaly } from '../anomalies/anomaly-columns.ts';
import { regionEndMs, type DrawnPanel } from './annotation-plan.ts';
import { annotationData, annotationTags, annotationText, ownTag, tagOf } from './annotation-text.ts';
import type { GrafanaCall, GrafanaReply } from './grafana-call.ts';
import type { GrafanaClient } from './grafana-client.ts';
import { refusalOf } from './grafana-refusal.ts';

const Created = z.object({ id: z.number() });
const Found = z.array(z.object({ id: z.number(), timeEnd: z.number(), tags: z.array(z.string()).nullish() }));

const unknownDashboard = 'Error while checking annotation permissions';

/** An annotation that is there, with the end that it has. */
export interface DrawnAnnotation {
  readonly id: number;
  readonly endMs: number;
}

/** What is done with annotations of ours; the only place that knows the shapes of Grafana's annotation API. */
export interface AnnotationApi {
  /** Ours of that anomaly on that panel; more than one when an answer was lost. */
  find(anomalyId: string, panel: DrawnPanel, signal: AbortSignal): Promise<readonly DrawnAnnotation[]>;
  /** @throws AppError `source_query_rejected` for a dashboard that is not there, which Grafana calls an error of its own */
  create(anomaly: StoredAnomaly, panel: DrawnPanel, signal: AbortSignal): Promise<DrawnAnnotation>;
  /** False when the annotation is not there any more. */
  change(id: number, anomaly: StoredAnomaly, signal: AbortSignal): Promise<boolean>;
  /** Does not mind one that is not there. */
  erase(id: number, signal: AbortSignal): Promise<void>;
  /** Ours that ended before an instant, at most 100. */
  endedBefore(atMs: number, signal: AbortSignal): Promise<readonly DrawnAnnotation[]>;
}

interface Target {
  readonly client: GrafanaClient;
  readonly publicUrl: string;
}

const path = 'api/annotations';

/** @param publicUrl Grafana's address for people, with a slash at the end */
export function createAnnotationApi(client: GrafanaClient, publicUrl: string): AnnotationApi {
  const target = { client, publicUrl };
  return {
    find: (anomalyId, panel, signal) => find(target, { anomalyId, panel }, signal),
    create: (anomaly, panel, signal) => create(target, { anomaly, panel }, signal),
    change: (id, anomaly, signal) => change(target, { id, anomaly }, signal),
    erase: async (id, signal) => {
      const call = { method: 'DELETE', path: `${path}/${id}` } as const;
      const reply = await client.send(call, signal);
      if (reply.status !== 404) {
        refuse(reply, call, client.where);
      }
    },
    endedBefore: async (atMs, signal) => {
      const query = [
        ['tags', ownTag],
        ['from', '1'],
        ['to', String(atMs)],
        ['limit', '100'],
      ] as const;
      const found = await client.ask({ method: 'GET', path, query }, Found, signal);
      return found
        .filter(({ timeEnd, tags }) => timeEnd < atMs && (tags ?? []).some((tag) => tag.startsWith(`${ownTag}:`)))
        .map(({ id, timeEnd }) => ({ id, endMs: timeEnd }));
    },
  };
}

async function find(
  { client }: Target,
  { anomalyId, panel }: { readonly anomalyId: string; readonly panel: DrawnPanel },
  signal: AbortSignal
): Promise<readonly DrawnAnnotation[]> {
  const query = [
    ['dashboardUID', panel.dashboardUid],
    ['panelId', String(panel.panelId)],
    ['tags', tagOf(anomalyId)],
    ['limit', '100'],
  ] as const;
  const found = await client.ask({ method: 'GET', path, query }, Found, signal);
  return found.map(({ id, timeEnd }) => ({ id, endMs: timeEnd }));
}

async function create(
  { client, publicUrl }: Target,
  { anomaly, panel }: { readonly anomaly: StoredAnomaly; readonly panel: DrawnPanel },
  signal: AbortSignal
): Promise<DrawnAnnotation> {
  const call = { method: 'POST', path, body: bodyOf(anomaly, panel, publicUrl) } as const;
  const reply = await client.send(call, signal);
  refuse(reply, call, client.where);
  return { id: Created.parse(reply.json).id, endMs: regionEndMs(anomaly) };
}

async function change(
  { client, publicUrl }: Target,
  { id, anomaly }: { readonly id: number; readonly anomaly: StoredAnomaly },
  signal: AbortSignal
): Promise<boolean> {
  const text = annotationText(anomaly, publicUrl);
  const body = { timeEnd: regionEndMs(anomaly), text, data: annotationData(anomaly) };
  const call = { method: 'PATCH', path: `${path}/${id}`, body } as const;
  const reply = await client.send(call, signal);
  if (reply.status === 404) {
    return false;
  }
  refuse(reply, call, client.where);
  return true;
}

/** Always with `panelId`: an annotation without one shows on every panel of the dashboard. */
function bodyOf(anomaly: StoredAnomaly, { dashboardUid, panelId }: DrawnPanel, publicUrl: string): object {
  return {
    dashboardUID: dashboardUid,
    panelId,
    time: anomaly.startedAtMs,
    timeEnd: regionEndMs(anomaly),
    tags: annotationTags(anomaly),
    text: annotationText(anomaly, publicUrl),
    data: annotationData(anomaly),
  };
}

function refuse(reply: GrafanaReply, call: GrafanaCall, where: string): void {
  if (reply.status < 300) {
    return;
  }
  const error = refusalOf(reply, call, where);
  if (reply.status === 500 && error.message.includes(unknownDashboard)) {
    const status = 404;
    const json = { message: 'the dashboard does not exist, or the service account may not see it' };
    throw refusalOf({ ...reply, status, json }, call, where);
  }
  throw error;
}
