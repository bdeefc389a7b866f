import type { IncomingMessage } from 'node:http';
import { AnnotationStore } from '../../support/fake-grafana/annotation-store.ts';
import { answered, type ApiAnswer, type Caller, type Role } from '../../support/fake-grafana/answer.ts';
import { DashboardStore } from '../../support/fake-grafana/dashboard-store.ts';
import { readJson } from './answers.ts';
import { readDashboards } from './dashboards.ts';
import { userOf, type HostRole } from './identity.ts';

export interface GrafanaApiOptions {
  /** Folders whose dashboards are made by their files, read anew at each call. */
  readonly dashboardDirs: readonly string[];
  /** Folders whose dashboards are copied at the start and can be saved. */
  readonly editableDashboardDirs: readonly string[];
  /** Roles of service accounts by token. */
  readonly serviceTokens: Readonly<Record<string, Role>>;
}

export interface GrafanaApiCall {
  readonly req: IncomingMessage;
  /** Still encoded, without the sub-path and the query. */
  readonly path: string;
  readonly search: string;
  /** Role of the browser, when the call has no token. */
  readonly role: HostRole;
}

/** Annotations and dashboards of the host, for browsers and for service accounts, as Grafana 12.3.0 answers them. */
export class GrafanaApi {
  readonly #options: GrafanaApiOptions;
  readonly #dashboards = new DashboardStore();
  readonly #annotations = new AnnotationStore((uid) => this.#dashboards.find(uid) !== undefined);

  constructor(options: GrafanaApiOptions) {
    this.#options = options;
  }

  /** Takes the editable dashboards over. */
  async start(): Promise<void> {
    await this.#load(this.#options.editableDashboardDirs, false);
  }

  async answer({ req, path, search, role }: GrafanaApiCall): Promise<ApiAnswer> {
    const caller = this.#callerOf(req, role);
    if (caller === undefined) {
      return answered(401, { message: 'Unauthorized' });
    }
    await this.#load(this.#options.dashboardDirs, true);
    const [, base = '', rest = ''] = /^\/(apis?)\/(.*)$/.exec(decodeURIComponent(path)) ?? [];
    const method = req.method ?? 'GET';
    const body = method === 'GET' || method === 'DELETE' ? undefined : await readJson(req);
    const call = { method, path: rest, query: new URLSearchParams(search), body, caller };
    if (base === 'apis') {
      return this.#dashboards.answerApis(call);
    }
    if (rest === 'user') {
      return answered(200, describeCaller(req, caller, role));
    }
    return rest.startsWith('annotations') ? await this.#annotations.answer(call) : this.#dashboards.answer(call);
  }

  /** Undefined for a token that is nobody's. */
  #callerOf(req: IncomingMessage, role: HostRole): Caller | undefined {
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      const { orgRole, login } = userOf(role);
      return { role: orgRole, login };
    }
    const known = Object.hasOwn(this.#options.serviceTokens, token) ? this.#options.serviceTokens[token] : undefined;
    return known === undefined ? undefined : { role: known, login: 'sa-1-aiops' };
  }

  async #load(folders: readonly string[], provisioned: boolean): Promise<void> {
    for (const model of await readDashboards(folders)) {
      const { uid, title, tags = [] } = model;
      this.#dashboards.put({ uid, title, tags, provisioned, model: { ...model } });
    }
  }
}

function describeCaller(req: IncomingMessage, { login }: Caller, role: HostRole): Record<string, unknown> {
  const isService = req.headers.authorization !== undefined;
  return { id: 0, uid: isService ? 'service-account:2' : userOf(role).uid, login, orgId: 1, isGrafanaAdmin: false };
}
