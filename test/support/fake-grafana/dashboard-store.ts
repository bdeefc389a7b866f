import { answered, badRequest, isRecord, lacking, mayEdit, type ApiAnswer, type ApiCall } from './answer.ts';

/** A dashboard that the fake knows. */
export interface StoredDashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** Made by a file: saving it is refused. */
  readonly provisioned: boolean;
  readonly version: number;
  /** The classic model, or the `spec` of schema v2. */
  readonly model: Readonly<Record<string, unknown>>;
  readonly schema: 'v1' | 'v2beta1';
}

const k8sPath = /^dashboard\.grafana\.app\/(\w+)\/namespaces\/default\/dashboards\/([^/]+)$/;

/** Dashboards as Grafana 12.3.0 keeps and refuses them; library panels by uid. */
export class DashboardStore {
  readonly #dashboards = new Map<string, StoredDashboard>();
  readonly libraryPanels = new Map<string, Readonly<Record<string, unknown>>>();
  /** Messages of the saves, oldest first. */
  readonly messages: string[] = [];

  put(dashboard: Partial<StoredDashboard> & Pick<StoredDashboard, 'uid' | 'model'>): void {
    const title = typeof dashboard.model['title'] === 'string' ? dashboard.model['title'] : dashboard.uid;
    this.#dashboards.set(dashboard.uid, {
      title,
      tags: [],
      provisioned: false,
      version: 1,
      schema: 'v1',
      ...dashboard,
    });
  }

  remove(uid: string): void {
    this.#dashboards.delete(uid);
  }

  find(uid: string): StoredDashboard | undefined {
    return this.#dashboards.get(uid);
  }

  /** `api/search`, `api/dashboards/…` and `api/library-elements/…`. */
  answer(call: ApiCall): ApiAnswer {
    const uid = /^dashboards\/uid\/([^/]+)$/.exec(call.path)?.[1];
    const library = /^library-elements\/([^/]+)$/.exec(call.path)?.[1];
    if (call.path === 'search') {
      return this.#search(call);
    }
    if (uid !== undefined) {
      return this.#get(call, uid);
    }
    if (library !== undefined) {
      const model = this.libraryPanels.get(library);
      return model === undefined
        ? answered(404, { message: 'library element could not be found' })
        : answered(200, { result: { uid: library, model } });
    }
    return call.path === 'dashboards/db' && call.method === 'POST' ? this.#save(call) : notFound;
  }

  /** `apis/dashboard.grafana.app/…`. */
  answerApis(call: ApiCall): ApiAnswer {
    if (/^dashboard\.grafana\.app\/?$/.test(call.path)) {
      const versions = ['v1beta1', 'v0alpha1', 'v2beta1', 'v2alpha1'].map((version) => ({ version }));
      return answered(200, { name: 'dashboard.grafana.app', versions });
    }
    const [, version, uid = ''] = k8sPath.exec(call.path) ?? [];
    const found = this.#dashboards.get(uid);
    if (version !== 'v2beta1' || found === undefined) {
      return answered(404, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: 'not found' });
    }
    if (call.caller.role === 'None') {
      return lacking('dashboards:read');
    }
    return call.method === 'PUT' ? this.#update(call, found) : answered(200, resourceOf(found));
  }

  #search({ query, caller }: ApiCall): ApiAnswer {
    const limit = Number(query.get('limit') ?? 1000);
    const page = Number(query.get('page') ?? 1);
    const seen = caller.role === 'None' ? [] : [...this.#dashboards.values()];
    const rows = seen
      .sort((a, b) => a.title.localeCompare(b.title))
      .slice((page - 1) * limit, page * limit)
      .map(({ uid, title, tags }) => ({ uid, title, tags, type: 'dash-db', url: `/d/${uid}/${slugOf(title)}` }));
    return answered(200, rows);
  }

  #get({ caller }: ApiCall, uid: string): ApiAnswer {
    const found = this.#dashboards.get(uid);
    if (found === undefined) {
      return answered(404, { message: 'Dashboard not found' });
    }
    if (caller.role === 'None') {
      return lacking('dashboards:read');
    }
    if (found.schema === 'v2beta1') {
      const url = `/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/${uid}`;
      return answered(406, { message: `dashboard api version not supported, use ${url} instead` });
    }
    const { provisioned, version, title } = found;
    const canSave = mayEdit(caller);
    const meta = { type: 'db', canSave, canEdit: canSave, url: `/d/${uid}/${slugOf(title)}`, version, provisioned };
    return answered(200, { meta: { ...meta, folderUid: '' }, dashboard: { ...found.model, uid, version } });
  }

  #save({ body, caller }: ApiCall): ApiAnswer {
    const dashboard = isRecord(body) ? body['dashboard'] : undefined;
    if (!isRecord(body) || !isRecord(dashboard) || typeof dashboard['uid'] !== 'string') {
      return badRequest;
    }
    const found = this.#dashboards.get(dashboard['uid']);
    if (!mayEdit(caller) || found === undefined) {
      return found === undefined ? answered(404, { message: 'Dashboard not found' }) : lacking('dashboards:write');
    }
    if (found.provisioned) {
      return answered(400, { message: 'Cannot save provisioned dashboard' });
    }
    if (body['overwrite'] !== true && dashboard['version'] !== found.version) {
      const message = 'The dashboard has been changed by someone else';
      return answered(412, { message, status: 'version-mismatch' });
    }
    const version = found.version + 1;
    const { uid, title } = found;
    this.messages.push(String(body['message'] ?? ''));
    this.#dashboards.set(uid, { ...found, version, model: dashboard });
    const url = `/d/${uid}/${slugOf(title)}`;
    return answered(200, { folderUid: '', slug: slugOf(title), status: 'success', uid, url, version });
  }

  #update({ body, caller }: ApiCall, found: StoredDashboard): ApiAnswer {
    const metadata = isRecord(body) ? body['metadata'] : undefined;
    if (!isRecord(body) || !isRecord(metadata) || !isRecord(body['spec'])) {
      return badRequest;
    }
    if (!mayEdit(caller)) {
      return lacking('dashboards:write');
    }
    if (metadata['resourceVersion'] !== String(found.version)) {
      const message = 'Operation cannot be fulfilled: the object has been modified';
      return answered(409, { kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409, message });
    }
    const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
    this.messages.push(String(annotations['grafana.app/message'] ?? ''));
    const changed = { ...found, version: found.version + 1, model: body['spec'] };
    this.#dashboards.set(found.uid, changed);
    return answered(200, resourceOf(changed));
  }
}

const notFound = answered(404, { message: 'Not found' });

function resourceOf({ uid, version, provisioned, schema, model }: StoredDashboard): Record<string, unknown> {
  const managed = { 'grafana.app/managedBy': 'classic-file-provisioning', 'grafana.app/managerId': 'files' };
  const metadata = {
    name: uid,
    namespace: 'default',
    resourceVersion: String(version),
    generation: version,
    annotations: provisioned ? managed : {},
  };
  const base = { kind: 'Dashboard', apiVersion: 'dashboard.grafana.app/v2beta1', metadata };
  return schema === 'v2beta1'
    ? { ...base, spec: model, status: {} }
    : {
        ...base,
        spec: { elements: null, layout: null, title: '' },
        status: { conversion: { failed: true, error: 'backend conversion not yet implemented' } },
      };
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
