import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditCheck, EpisodeDetail, Run, pageOf, type Decision } from '../../../backend/src/contract/index.ts';
import { Episode } from '../../../backend/src/contract/remediation/episode.ts';
import { serveBackend, type ServedBackend } from '../spawn-aiops.ts';

const withinMs = 40_000;
const Runs = pageOf(Run);
const Episodes = pageOf(Episode);

/** What the service that carries actions out was asked for. */
interface Acted {
  readonly runId: string;
  readonly targets: readonly string[];
}

export interface ServedLineSpec {
  /** Members of the group that the policy acts on. */
  readonly hosts: readonly string[];
  /** The policy's `guard`, as in a file. */
  readonly guard: string;
}

/**
 * A backend of its own process with one policy that restarts hosts, a service that carries that out, and a metric source
 * that calls everything healthy: what is counted is what the service was asked for.
 */
export class ServedLine {
  /** In the order they came. */
  readonly acted: Acted[] = [];
  /** Holds the answers of the service back while it is set. */
  held: Promise<void> | undefined;
  readonly #spec: ServedLineSpec;
  readonly #folder = mkdtempSync(join(tmpdir(), 'aiops-served-line-'));
  readonly #world: Server;
  #backend: ServedBackend | undefined;

  private constructor(spec: ServedLineSpec) {
    this.#spec = spec;
    this.#world = createServer((request, response) => {
      void text(request).then(async (body) => {
        response.setHeader('content-type', 'application/json');
        response.end(request.url === '/do/restart' ? await this.#act(body) : healthyAnswer());
      });
    });
  }

  static async start(spec: ServedLineSpec): Promise<ServedLine> {
    const line = new ServedLine(spec);
    line.#world.listen(0, '127.0.0.1');
    await once(line.#world, 'listening');
    line.#writeSettings();
    await line.serve();
    return line;
  }

  async serve(): Promise<void> {
    this.#backend = await serveBackend(join(this.#folder, 'aiops.yaml'));
  }

  /** kill -9 */
  async crash(): Promise<void> {
    await this.#backend?.crash();
    this.#backend = undefined;
  }

  async stop(): Promise<void> {
    await this.crash();
    this.#world.closeAllConnections();
    this.#world.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** One message with an alert for each host. What is not answered is not said: the sender would send it again. */
  async tell(hosts: readonly string[], startsAtMs: number, sender = 'a'): Promise<void> {
    const alerts = hosts.map((host) => ({
      status: 'firing',
      labels: { alertname: 'Down', instance: host },
      annotations: {},
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: this.#spec.hosts.indexOf(host).toString(16).padStart(16, '0'),
    }));
    const body = {
      ...{ version: '4', groupKey: '{}:{}', status: 'firing', receiver: 'aiops', groupLabels: {}, truncatedAlerts: 0 },
      ...{ commonLabels: {}, commonAnnotations: {}, externalURL: `http://alertmanager-${sender}`, alerts },
    };
    await fetch(`${this.#url}/api/v1/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined);
  }

  /** The run of a host once it is in one of the states. */
  async inState(host: string, ...states: ReadonlyArray<Run['state']>): Promise<Run> {
    return await this.until(`${host} ${states.join(' or ')}`, async () =>
      (await this.runs()).find(({ plan, state }) => plan.targets[0] === host && states.includes(state))
    );
  }

  async ended(host: string): Promise<Run> {
    return await this.until(`the end of ${host}`, async () =>
      (await this.runs()).find(({ plan, endedAtMs }) => plan.targets[0] === host && endedAtMs !== null)
    );
  }

  async runs(): Promise<Run[]> {
    return (await this.#ask('runs?limit=500', Runs)).items;
  }

  /** What was decided about every episode. */
  async decisions(): Promise<Decision[]> {
    const { items } = await this.#ask('episodes?limit=500', Episodes);
    const details = await Promise.all(items.map(({ id }) => this.#ask(`episodes/${id}`, EpisodeDetail)));
    return details.flatMap(({ decisions }) => decisions);
  }

  async audit(): Promise<AuditCheck> {
    return await this.#ask('audit/check', AuditCheck);
  }

  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadlineMs = Date.now() + withinMs;
    for (;;) {
      const found = await look().catch(() => undefined);
      if (found !== undefined) {
        return found;
      }
      if (Date.now() > deadlineMs) {
        throw new Error(`${what}: not within ${withinMs / 1_000} s; ${this.#backend?.stderr() ?? 'no backend'}`);
      }
      await delay(5);
    }
  }

  get #url(): string {
    return this.#backend?.url ?? 'http://127.0.0.1:9';
  }

  async #ask<T>(path: string, schema: { parse(value: unknown): T }): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    return schema.parse(await answer.json());
  }

  async #act(body: string): Promise<string> {
    this.acted.push(JSON.parse(body) as Acted);
    await this.held;
    return '{}';
  }

  #writeSettings(): void {
    const address = this.#world.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const at = (...names: string[]): string => join(this.#folder, ...names);
    mkdirSync(at('actions'), { mode: 0o755 });
    mkdirSync(at('policies'));
    const manifest = [
      ...['title: Restart', 'tier: low', 'idempotent: true', 'groups: [web]', 'takes: 1s', 'path: /do/restart'],
      'parameters: { type: object, additionalProperties: false, properties: {} }',
    ];
    writeFileSync(at('actions', 'restart.manifest.yaml'), `${manifest.join('\n')}\n`, { mode: 0o644 });
    const policy = [
      ...['policies:', '  - name: restart', '    mode: auto', `    when: { alert: ['alertname="Down"'] }`],
      ...[
        '    target: { label: instance, group: web }',
        '    do: { playbook: restart }',
        `    guard: ${this.#spec.guard}`,
      ],
      '    verify: { healthy: up == 1, settle: 1s, every: 1s, for: 2s, within: 20s }',
    ];
    writeFileSync(at('policies', 'web.yaml'), policy.join('\n'));
    const hosts = this.#spec.hosts.join(', ');
    const settings = [
      ...['server: { listen: 127.0.0.1:0 }', `store: sqlite:${at('aiops.db')}`],
      ...[`sources: [{ name: main, url: '${url}' }]`, 'webhooks: [{ name: alertmanager, kind: alertmanager }]'],
      `engines: [{ name: hands, kind: webhook, url: '${url}', actions: actions, hosts: { web: [${hosts}] } }]`,
      'remediation: { targetsPerHour: 1000 }',
      'telemetry: { logLevel: error }',
    ];
    writeFileSync(at('aiops.yaml'), settings.join('\n'));
  }
}

/** Every query answers one sample of now; its value is the time too, since freshness is asked for by timestamp(). */
function healthyAnswer(): string {
  const now = Date.now() / 1000;
  const result = [{ metric: {}, value: [now, String(now)] }];
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}
