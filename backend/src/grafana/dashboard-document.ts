import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { GrafanaCall } from './grafana-call.ts';
import type { GrafanaClient } from './grafana-client.ts';
import { refusalOf, saidBy } from './grafana-refusal.ts';

/** A part of a dashboard's JSON that is kept as it came. */
export type JsonObject = Record<string, unknown>;

/** A dashboard in the model that Grafana keeps it in. */
export type DashboardDocument = {
  readonly uid: string;
  readonly title: string;
  /** Path below Grafana's address, without a slash in front. */
  readonly path: string;
  /** Who makes it when it is not edited in Grafana, such as a file or a repository; null when it is. */
  readonly managedBy: string | null;
  readonly canSave: boolean;
  readonly version: number;
} & (
  | { readonly schema: 'v1'; readonly model: JsonObject; readonly folderUid: string }
  /** `model` is the `spec` of `resource`, which is saved at `resourcePath`. */
  | { readonly schema: 'v2'; readonly model: JsonObject; readonly resource: JsonObject; readonly resourcePath: string }
);

const AnyObject = z.record(z.string(), z.unknown());
const Legacy = z.object({
  dashboard: AnyObject,
  meta: z.object({
    url: z.string().default(''),
    provisioned: z.boolean().nullish(),
    provisionedExternalId: z.string().nullish(),
    canSave: z.boolean().nullish(),
    folderUid: z.string().nullish(),
    version: z.number().nullish(),
  }),
});
const Resource = z.object({
  metadata: z.object({
    name: z.string(),
    generation: z.number().default(1),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  spec: AnyObject,
  status: z
    .object({ conversion: z.object({ failed: z.boolean().nullish(), error: z.string().nullish() }).nullish() })
    .nullish(),
});

const resourceInMessage = /(apis\/dashboard\.grafana\.app\/v2\w+\/namespaces\/[\w-]+\/dashboards\/[\w-]+)/;

/**
 * One dashboard with all that is needed to save it again. The classic API refuses dashboards of schema v2 (406) and says
 * where they can be had.
 * @throws AppError `source_…`; `source_not_found` when there is none of that uid
 */
export async function readDashboard(
  client: GrafanaClient,
  uid: string,
  signal: AbortSignal
): Promise<DashboardDocument> {
  const call: GrafanaCall = { method: 'GET', path: `api/dashboards/uid/${encodeURIComponent(uid)}` };
  const reply = await client.send(call, signal);
  const resourcePath = reply.status === 406 ? resourceInMessage.exec(saidBy(reply))?.[1] : undefined;
  if (resourcePath !== undefined) {
    return await readResource(client, resourcePath, signal);
  }
  if (reply.status === 404) {
    throw new AppError(
      'source_not_found',
      `${client.where}: there is no dashboard ${uid}, or the service account may not see it`
    );
  }
  if (reply.status >= 300) {
    throw refusalOf(reply, call, client.where);
  }
  const parsed = Legacy.safeParse(reply.json);
  if (!parsed.success) {
    throw new AppError('source_unavailable', `${client.where}: dashboard ${uid} came in a shape that is not known`);
  }
  return legacyDocument(uid, parsed.data);
}

function legacyDocument(uid: string, { dashboard, meta }: z.output<typeof Legacy>): DashboardDocument {
  const file = meta.provisionedExternalId ?? '';
  return {
    uid,
    title: titleOf(dashboard, uid),
    path: meta.url.replace(/^\/+/, '') || `d/${uid}`,
    managedBy: meta.provisioned === true ? `the file ${file === '' ? 'that provisions it' : file}` : null,
    canSave: meta.canSave ?? false,
    version: meta.version ?? 0,
    schema: 'v1',
    model: dashboard,
    folderUid: meta.folderUid ?? '',
  };
}

async function readResource(
  client: GrafanaClient,
  resourcePath: string,
  signal: AbortSignal
): Promise<DashboardDocument> {
  const resource = await client.ask({ method: 'GET', path: resourcePath }, AnyObject, signal);
  const parsed = Resource.safeParse(resource);
  if (!parsed.success || parsed.data.status?.conversion?.failed === true) {
    const why = parsed.data?.status?.conversion?.error ?? 'its shape is not known';
    throw new AppError('source_unavailable', `${client.where}: ${resourcePath} can't be read (${why})`);
  }
  const { metadata, spec } = parsed.data;
  const manager = metadata.annotations?.['grafana.app/managedBy'];
  return {
    uid: metadata.name,
    title: titleOf(spec, metadata.name),
    path: `d/${metadata.name}`,
    managedBy:
      manager === undefined ? null : `${manager} ${metadata.annotations?.['grafana.app/managerId'] ?? ''}`.trim(),
    canSave: true,
    version: metadata.generation,
    schema: 'v2',
    model: spec,
    resource,
    resourcePath,
  };
}

function titleOf(model: JsonObject, uid: string): string {
  const { title } = model;
  return typeof title === 'string' && title !== '' ? title : uid;
}
