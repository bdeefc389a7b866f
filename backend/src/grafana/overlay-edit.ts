import { z } from 'zod';
import type { OverlayEdit, OverlayEditRequest } from '../contract/overlay.ts';
import { AppError } from '../errors.ts';
import { readDashboard, type DashboardDocument, type JsonObject } from './dashboard-document.ts';
import type { GrafanaCall, GrafanaReply } from './grafana-call.ts';
import type { GrafanaClient } from './grafana-client.ts';
import { refusalOf, saidBy } from './grafana-refusal.ts';
import {
  overlaidJob,
  withClassicOverlay,
  withElementOverlay,
  withoutClassicOverlay,
  withoutElementOverlay,
} from './panel-overlay.ts';

export interface OverlayEditor {
  /**
   * Adds band and forecast of a job to a panel in one versioned save; another job's overlay gives way.
   * @throws AppError `read_only` with the reason, `conflict` when somebody saved meanwhile, `not_found`, `source_…`
   */
  add(request: OverlayEditRequest, by: string, signal: AbortSignal): Promise<OverlayEdit>;
  /** Takes it away again; the panel is as it was, but for what others changed. */
  remove(request: OverlayEditRequest, by: string, signal: AbortSignal): Promise<OverlayEdit>;
}

type Change = (panel: JsonObject, schema: DashboardDocument['schema']) => JsonObject;

const knownLayouts: readonly unknown[] = ['GridLayout', 'RowsLayout', 'TabsLayout', 'AutoGridLayout'];
const maxNesting = 3;

const Saved = z.object({ version: z.number() });
const SavedResource = z.object({ metadata: z.object({ generation: z.number().default(0) }) });

/** @param publicUrl Grafana's address for people, with a slash at the end */
export function createOverlayEditor(client: GrafanaClient, publicUrl: string): OverlayEditor {
  return {
    add: async (request, by, signal) => {
      const change: Change = (panel, schema) => {
        const plain = overlaidJob(panel) === undefined ? panel : cleared(panel, schema);
        const add = schema === 'v1' ? withClassicOverlay : withElementOverlay;
        return overlaidJob(panel) === request.job ? panel : add(plain, request.job);
      };
      const message = `AIOps: show the forecast of ${request.job} on panel ${request.panelId} (${by})`;
      return await edit({ client, publicUrl, request, message, change, done: 'added' }, signal);
    },
    remove: async (request, by, signal) => {
      const change: Change = (panel, schema) => (overlaidJob(panel) === request.job ? cleared(panel, schema) : panel);
      const message = `AIOps: take the forecast of ${request.job} away from panel ${request.panelId} (${by})`;
      return await edit({ client, publicUrl, request, message, change, done: 'removed' }, signal);
    },
  };
}

function cleared(panel: JsonObject, schema: DashboardDocument['schema']): JsonObject {
  return schema === 'v1' ? withoutClassicOverlay(panel) : withoutElementOverlay(panel);
}

interface Edit {
  readonly client: GrafanaClient;
  readonly publicUrl: string;
  readonly request: OverlayEditRequest;
  readonly message: string;
  readonly change: Change;
  readonly done: 'added' | 'removed';
}

async function edit(asked: Edit, signal: AbortSignal): Promise<OverlayEdit> {
  const { client, publicUrl, request, change, done } = asked;
  const { dashboardUid, panelId } = request;
  const document = await readDashboard(client, dashboardUid, signal);
  refuseUneditable(document);
  const panel = panelIn(document, panelId);
  refuseUndrawable(document, panel, panelId);
  const changed = change(panel, document.schema);
  const url = `${publicUrl}${document.path}?viewPanel=${panelId}`;
  if (changed === panel) {
    return { dashboardUid, panelId, state: 'unchanged', version: document.version, url };
  }
  const version = await save(asked, { document, panel, changed }, signal);
  return { dashboardUid, panelId, state: done, version, url };
}

function refuseUneditable({ title, managedBy, canSave, schema, model }: DashboardDocument): void {
  const instead = 'anomalies are drawn on it as annotations without an edit (overlay of the job)';
  if (managedBy !== null) {
    const message = `The dashboard ${title} is made by ${managedBy}, so that Grafana would not keep an edit: add the queries there, or copy the dashboard; ${instead}.`;
    throw new AppError('read_only', message);
  }
  if (!canSave) {
    const message = `The service account may not save the dashboard ${title}: give it the role Editor, or edit rights on its folder; ${instead}.`;
    throw new AppError('source_unauthorized', message);
  }
  const layout = schema === 'v2' ? model['layout'] : undefined;
  const kind = typeof layout === 'object' && layout !== null ? Reflect.get(layout, 'kind') : undefined;
  if (schema === 'v2' && !knownLayouts.includes(kind)) {
    const message = `The dashboard ${title} has a layout that this version does not know (${String(kind)}), so that it is left alone; ${instead}.`;
    throw new AppError('read_only', message);
  }
}

function panelIn({ schema, model, title }: DashboardDocument, panelId: number): JsonObject {
  const found =
    schema === 'v1' ? classicPanel(model, panelId, 0) : elementsOf(model).find(([, one]) => idOf(one) === panelId)?.[1];
  if (found === undefined) {
    const message = `The dashboard ${title} has no panel ${panelId} any more; open it and choose a panel that is there.`;
    throw new AppError('not_found', message);
  }
  return found;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function partOf(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((part: unknown, key) => (isObject(part) ? part[key] : undefined), value);
}

function classicPanel(holder: JsonObject, panelId: number, nesting: number): JsonObject | undefined {
  const panels = Array.isArray(holder['panels']) && nesting < maxNesting ? holder['panels'].filter(isObject) : [];
  return (
    panels.find(({ id, type }) => id === panelId && type !== 'row') ??
    panels.map((panel) => classicPanel(panel, panelId, nesting + 1)).find((panel) => panel !== undefined)
  );
}

function elementsOf(model: JsonObject): ReadonlyArray<readonly [string, JsonObject]> {
  return Object.entries(isObject(model['elements']) ? model['elements'] : {}).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1])
  );
}

function idOf(element: JsonObject): unknown {
  return partOf(element, 'spec', 'id');
}

function refuseUndrawable({ schema }: DashboardDocument, panel: JsonObject, panelId: number): void {
  const isLibrary = isObject(panel['libraryPanel']) || panel['kind'] === 'LibraryPanel';
  if (isLibrary) {
    const message = `Panel ${panelId} is a library panel, which other dashboards show too: unlink it first, or choose another panel.`;
    throw new AppError('read_only', message);
  }
  const vizConfig = partOf(panel, 'spec', 'vizConfig');
  const isViz = partOf(vizConfig, 'kind') === 'VizConfig';
  const type = schema === 'v1' ? panel['type'] : partOf(vizConfig, isViz ? 'group' : 'kind');
  if (type !== 'timeseries' || (schema === 'v2' && !isViz)) {
    const message = `Panel ${panelId} is of the kind ${String(type)}: bands can be drawn on time series only.`;
    throw new AppError('read_only', message);
  }
  if (partOf(panel, 'datasource', 'uid') === '-- Dashboard --') {
    const message = `Panel ${panelId} shows the data of another panel, which can't be mixed with queries: choose the other panel.`;
    throw new AppError('read_only', message);
  }
}

interface Saving {
  readonly document: DashboardDocument;
  readonly panel: JsonObject;
  readonly changed: JsonObject;
}

async function save({ client, message }: Edit, saving: Saving, signal: AbortSignal): Promise<number> {
  const { document, panel, changed } = saving;
  const model = replaced(document.model, panel, changed) as JsonObject;
  const call =
    document.schema === 'v1' ? classicSave(document, model, message) : resourceSave(document, model, message);
  const reply = await client.send(call, signal);
  refuseUnsaved(reply, call, { document, where: client.where });
  const legacy = Saved.safeParse(reply.json);
  return legacy.success ? legacy.data.version : SavedResource.parse(reply.json).metadata.generation;
}

/** The value with one object in it exchanged; everything else is the same, in the same order. */
function replaced(value: unknown, from: JsonObject, to: JsonObject): unknown {
  if (value === from) {
    return to;
  }
  if (Array.isArray(value)) {
    return value.map((part: unknown) => replaced(part, from, to));
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part, from, to)]))
    : value;
}

function classicSave(
  document: Extract<DashboardDocument, { schema: 'v1' }>,
  dashboard: JsonObject,
  message: string
): GrafanaCall {
  const body = { dashboard, folderUid: document.folderUid, message, overwrite: false };
  return { method: 'POST', path: 'api/dashboards/db', body };
}

/** The resource keeps its `resourceVersion`, by which Grafana finds out whether somebody else saved. */
function resourceSave(
  { resource, resourcePath }: Extract<DashboardDocument, { schema: 'v2' }>,
  spec: JsonObject,
  message: string
): GrafanaCall {
  const metadata = isObject(resource['metadata']) ? resource['metadata'] : {};
  const annotations = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const { status: _, ...rest } = resource;
  const told = { ...metadata, annotations: { ...annotations, 'grafana.app/message': message } };
  return { method: 'PUT', path: resourcePath, body: { ...rest, metadata: told, spec } };
}

function refuseUnsaved(
  reply: GrafanaReply,
  call: GrafanaCall,
  { document, where }: { readonly document: DashboardDocument; readonly where: string }
): void {
  if (reply.status < 300) {
    return;
  }
  if (reply.status === 409 || reply.status === 412) {
    const message = `Somebody else saved the dashboard ${document.title} at the same moment, so that nothing was changed; try again.`;
    throw new AppError('conflict', message);
  }
  if (/provisioned/i.test(saidBy(reply))) {
    const message = `Grafana does not save the dashboard ${document.title} because a file makes it: add the queries there, or copy the dashboard.`;
    throw new AppError('read_only', message);
  }
  throw refusalOf(reply, call, where);
}
