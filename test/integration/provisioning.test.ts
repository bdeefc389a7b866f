import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../backend/src/config.ts';
import { dashboardFiles } from '../support/dashboards/build.ts';
import {
  filesBelow,
  readJson,
  readText,
  readYaml,
  root,
  variablesOf,
  type Compose,
  type Dashboard,
  type DataSource,
  type Service,
} from './provisioning-files.ts';

const grafanaFiles = ['datasources', 'plugins', 'dashboards'].map((kind) => `provisioning/${kind}/aiops.yaml`);
const { datasources } = readYaml<{ datasources: readonly DataSource[] }>('provisioning/datasources/aiops.yaml');
const { apps } = readYaml<{ apps: ReadonlyArray<Record<string, unknown>> }>('provisioning/plugins/aiops.yaml');
const { providers } = readYaml<{ providers: ReadonlyArray<Record<string, unknown> & { options: { path: string } }> }>(
  'provisioning/dashboards/aiops.yaml'
);
const compose = readYaml<Compose>('docker-compose.yml');
const plugin = readJson<{ id: string }>('plugin.json');
const nestedIds = filesBelow('src/panels')
  .filter((file) => file.endsWith('plugin.json'))
  .map((file) => readJson<{ id: string }>(file).id);
const dashboards = filesBelow('dashboards').map((file) => readJson<Dashboard>(file));
const profiles = ['demo', 'production'] as const;

const servicesOf = (profile: string): Array<[string, Service]> =>
  Object.entries(compose.services).filter(([, service]) => service.profiles.includes(profile));
const hostsOf = (profile: string): string[] =>
  servicesOf(profile).flatMap(([name, { networks }]) => [name, ...(networks?.default.aliases ?? [])]);
const duplicates = <T>(values: readonly T[]): T[] => values.filter((value, index) => values.indexOf(value) !== index);
const secretNames = ({ secrets }: Service): string[] =>
  (secrets ?? []).map((s) => (typeof s === 'string' ? s : s.source));

describe('the provisioning files that Grafana reads', () => {
  test('name the app by its id, in an organization that exists, with every key', () => {
    expect(apps).toEqual([
      {
        type: plugin.id,
        org_id: 1,
        disabled: false,
        jsonData: { apiUrl: '$AIOPS_URL', provisionedBy: 'provisioning/plugins/aiops.yaml' },
        secureJsonData: { backendToken: '$AIOPS_TOKEN' },
      },
    ]);
  });

  test('have data sources with a uid of their own and no default, of which Grafana takes only one', () => {
    expect(duplicates(datasources.map(({ uid }) => uid))).toEqual([]);
    expect(duplicates(datasources.map(({ name }) => name))).toEqual([]);
    expect(datasources.filter(({ isDefault }) => isDefault === true)).toEqual([]);
    expect(datasources.map(({ type }) => type)).toEqual(['prometheus', 'prometheus', 'prometheus']);
  });

  test('switch off what Grafana would ask the façade in vain', () => {
    const { jsonData, url } = datasources.find(({ uid }) => uid === 'aiops') ?? {};
    expect(url).toBe('${AIOPS_URL}/prometheus');
    expect(jsonData).toMatchObject({
      httpMethod: 'POST',
      manageAlerts: false,
      disableRecordingRules: true,
      allowAsRecordingRulesTarget: false,
      incrementalQuerying: false,
      cacheLevel: 'None',
    });
  });

  test('provide dashboards from files without a folderUid, which would make a second folder of the name', () => {
    expect(providers).toHaveLength(1);
    expect(providers[0]).toMatchObject({ type: 'file', orgId: 1, options: { path: '$AIOPS_DASHBOARDS' } });
    expect(providers[0]).not.toHaveProperty('folderUid');
  });

  test.each(grafanaFiles)('%s uses only variables that each Grafana of the compose file sets', (file) => {
    const used = [...new Set(variablesOf(readText(file)))];
    for (const name of ['grafana', 'grafana-production']) {
      const service = compose.services[name];
      // The token is exported by the start command from its secret.
      const set = [...Object.keys(service?.environment ?? {}), 'AIOPS_TOKEN'];
      expect({ name, missing: used.filter((variable) => !set.includes(variable)) }).toEqual({ name, missing: [] });
    }
  });
});

describe('the dashboards', () => {
  test('are what the generator makes of the query functions: run `node test/support/dashboards/build.ts` after a change', async () => {
    const made = await dashboardFiles();
    expect(filesBelow('dashboards')).toEqual([...made.keys()].map((name) => `dashboards/${name}`).sort());
    for (const [name, content] of made) {
      expect({ name, isFresh: readText(`dashboards/${name}`) === content }).toEqual({ name, isFresh: true });
    }
  });

  test('have a uid and no id, so that Grafana takes them from a file', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
      ...['aiops-capacity', 'aiops-health', 'aiops-remediation', 'aiops-service'],
    ]);
    expect(dashboards.filter((dashboard) => 'id' in dashboard)).toEqual([]);
  });

  describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))('%s', (_title, dashboard) => {
    const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);

    test('refers to provisioned data sources or to its own variables', () => {
      const variables = dashboard.templating.list.map(({ name }) => `\${${name}}`);
      const known = [...datasources.map(({ uid }) => uid), '-- Mixed --', ...variables];
      const used = [...dashboard.panels, ...targets, ...dashboard.templating.list].flatMap(
        (o) => o.datasource?.uid ?? []
      );
      expect(used.filter((uid) => !known.includes(uid))).toEqual([]);
      expect(used.length).toBeGreaterThan(0);
    });

    test('has one id a panel and one refId a query', () => {
      expect(duplicates(dashboard.panels.map(({ id }) => id))).toEqual([]);
      for (const panel of dashboard.panels) {
        expect({ panel: panel.title, twice: duplicates((panel.targets ?? []).map(({ refId }) => refId)) }).toEqual({
          panel: panel.title,
          twice: [],
        });
      }
    });

    test('asks instant queries at now and not at the end of its range, which may lie in the future', () => {
      const instant = dashboard.panels.filter((panel) => panel.targets?.some((target) => target.instant));
      expect(instant.filter((panel) => panel.timeFrom === undefined).map(({ title }) => title)).toEqual([]);
    });

    test('fills bands between lines whose names its queries give', () => {
      for (const panel of dashboard.panels) {
        const legends = (panel.targets ?? []).map(({ legendFormat }) => legendFormat);
        const bands = (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) => {
          const lower = properties.find(({ id }) => id === 'custom.fillBelowTo')?.value;
          return lower === undefined ? [] : [matcher.options, String(lower)];
        });
        expect({ panel: panel.title, missing: bands.filter((name) => !legends.includes(name)) }).toEqual({
          panel: panel.title,
          missing: [],
        });
      }
    });

    test('uses no variable that it does not have', () => {
      const own = dashboard.templating.list.map(({ name }) => name);
      const text = JSON.stringify({ targets, titles: dashboard.panels.map(({ title }) => title) });
      const used = [...text.matchAll(/\$\{?([a-z]\w*)/g)].map((match) => match[1] ?? '');
      expect(used.filter((name) => !own.includes(name) && !name.startsWith('__'))).toEqual([]);
    });
  });

  test('draw the future, except those about the product itself', () => {
    const ends = Object.fromEntries(dashboards.map(({ uid, time }) => [uid, time.to]));
    const past = { 'aiops-health': 'now', 'aiops-remediation': 'now' };
    expect(ends).toEqual({ 'aiops-service': 'now+24h', 'aiops-capacity': 'now+24h', ...past });
  });

  test('of a service put observed values of the source and the forecast into one panel for each provisioned job', () => {
    const service = dashboards.find(({ uid }) => uid === 'aiops-service');
    const mixed = (service?.panels ?? []).filter((panel) => panel.datasource?.uid === '-- Mixed --');
    expect(mixed).toHaveLength(4);
    for (const { targets } of mixed) {
      expect(new Set(targets?.map(({ datasource }) => datasource.uid)).size).toBe(2);
    }
  });
});

describe('the settings of the backend', () => {
  const tokenEnvironment = { AIOPS_TOKEN: 'a-token-of-the-test' };
  const loaded = loadConfig({ file: path.join(root, 'provisioning/aiops/aiops.yaml'), env: tokenEnvironment });

  test('are valid together with their jobs', () => {
    expect(loaded.jobs.map(({ spec }) => spec.name).sort()).toEqual([
      'node-cpu',
      'node-disk',
      'shop-latency',
      'shop-request-rate',
    ]);
  });

  test('name each source as the data source of Grafana that shows the same metrics', () => {
    const uids = datasources.map(({ uid }) => uid);
    expect(loaded.sources.map(({ name }) => name).filter((name) => !uids.includes(name))).toEqual([]);
  });

  test('lead to services that exist', () => {
    for (const profile of profiles) {
      const hosts = [...loaded.sources.map(({ url }) => url), loaded.grafana?.url ?? ''].map(
        (url) => new URL(url).hostname
      );
      expect(hosts.filter((host) => !hostsOf(profile).includes(host))).toEqual([]);
    }
  });
});

describe('docker-compose.yml', () => {
  test('allows exactly the unsigned plugins that exist', () => {
    for (const name of ['grafana', 'grafana-production']) {
      const allowed = compose.services[name]?.environment?.['GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS'] ?? '';
      expect(allowed.split(',').sort()).toEqual([plugin.id, ...nestedIds].sort());
    }
    expect(readText('provisioning/demo/Dockerfile')).toContain(`/usr/share/grafana-plugins/${plugin.id}\n`);
  });

  test('mounts only what is there', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) =>
      (volumes ?? []).map((v) => v.split(':')[0] ?? '')
    );
    const files = mounts.filter((source) => source.startsWith('.'));
    expect(files.filter((source) => !existsSync(path.join(root, source)))).toEqual([]);
    const named = mounts.filter((source) => !/^[./]/.test(source));
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('mounts each folder that Grafana provisions from, where Grafana looks', () => {
    const volumes = compose.services['grafana']?.volumes ?? [];
    for (const kind of ['datasources', 'plugins', 'dashboards']) {
      expect(volumes).toContain(`./provisioning/${kind}:/etc/grafana/provisioning/${kind}:ro`);
    }
    const dashboardsAt = compose.services['grafana']?.environment?.['AIOPS_DASHBOARDS'] ?? '';
    expect(volumes).toContain(`./dashboards:${dashboardsAt}:ro`);
  });

  test('builds from files that exist and pins every other image', () => {
    for (const [name, { build, image }] of Object.entries(compose.services)) {
      expect({ name, exists: build === undefined || existsSync(path.join(root, build.dockerfile)) }).toEqual({
        name,
        exists: true,
      });
      expect({ name, isPinned: /:v?\d+\.\d+\.\d+$/.test(image ?? '') }).toEqual({ name, isPinned: true });
    }
  });

  test.each(profiles)('%s: ports do not collide, and what a service waits for runs too', (profile) => {
    const ports = servicesOf(profile).flatMap(([, service]) =>
      (service.ports ?? []).map((port) => port.split(':').at(-2))
    );
    expect(duplicates(ports)).toEqual([]);
    const names = servicesOf(profile).map(([name]) => name);
    const needed = servicesOf(profile).flatMap(([, { depends_on }]) =>
      Array.isArray(depends_on) ? (depends_on as string[]) : Object.keys(depends_on ?? {})
    );
    expect(needed.filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(profiles)('%s: every address in an environment leads to a service of it', (profile) => {
    const urls = servicesOf(profile).flatMap(([, { environment }]) =>
      Object.values(environment ?? {}).filter((value) => /^https?:\/\/[a-z-]+:\d+/.test(value))
    );
    expect(urls.length).toBeGreaterThan(3);
    expect(urls.filter((url) => !hostsOf(profile).includes(new URL(url).hostname))).toEqual([]);
  });

  test('production asks for a login and takes its secrets from files that are not in the repository', () => {
    expect(compose.services['grafana-production']?.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
      GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/grafana-admin-password',
    });
    const secrets = servicesOf('production').flatMap(([, service]) => secretNames(service));
    expect(secrets.length).toBeGreaterThan(0);
    for (const name of secrets) {
      expect(compose.secrets[name]?.file).toMatch(/^secrets\//);
    }
    expect(servicesOf('production').map(([name]) => name)).not.toContain('shop');
  });

  test('the demo is reachable from this machine only and has its token in the repository', () => {
    const open = servicesOf('demo').flatMap(([, { ports }]) =>
      (ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))
    );
    expect(open).toEqual([]);
    expect(existsSync(path.join(root, compose.secrets['demo-token']?.file ?? ''))).toBe(true);
    expect(readText('.env')).toContain('COMPOSE_PROFILES=demo');
  });

  test('the backend runs without root, on a read-only file system, with a health check at the port it listens on', () => {
    const dockerfile = readText('backend/Dockerfile');
    const { listen } = readYaml<{ server: { listen: string } }>('provisioning/aiops/aiops.yaml').server;
    const port = listen.split(':')[1] ?? '';
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain(`http://127.0.0.1:${port}/healthz`);
    expect(dockerfile).toMatch(new RegExp(`^EXPOSE ${port}$`, 'm'));
    expect(existsSync(path.join(root, 'backend/src/main.ts'))).toBe(true);
    for (const name of ['backend', 'backend-production']) {
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(compose.services[name]?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    }
  });
});

describe('the servers beside the product', () => {
  interface ScrapeConfig {
    readonly static_configs: ReadonlyArray<{ readonly targets: readonly string[] }>;
  }
  const prometheus = readYaml<{
    scrape_configs: readonly ScrapeConfig[];
    remote_write: ReadonlyArray<{ url: string }>;
    alerting: { alertmanagers: readonly ScrapeConfig[] };
  }>('provisioning/prometheus/prometheus.yml');
  const listening: Readonly<Record<string, string>> = {
    localhost: '9090',
    'node-exporter': '9100',
    alertmanager: '9093',
    backend: '9099',
    mimir: String(
      readYaml<{ server: { http_listen_port: number } }>('provisioning/mimir/mimir.yaml').server.http_listen_port
    ),
  };

  test('Prometheus scrapes, writes to and alerts services at the ports they listen on', () => {
    const targetsOf = (configs: readonly ScrapeConfig[]): string[] =>
      configs.flatMap((config) => config.static_configs.flatMap(({ targets }) => targets));
    const addresses = [
      ...targetsOf(prometheus.scrape_configs),
      ...targetsOf([...prometheus.alerting.alertmanagers]),
      ...prometheus.remote_write.map(({ url }) => new URL(url).host),
    ];
    expect(addresses.filter((address) => listening[address.split(':')[0] ?? ''] !== address.split(':')[1])).toEqual([]);
  });

  test('the collector takes OTLP where its senders send it and writes to Mimir', () => {
    interface Collector {
      readonly receivers: { readonly otlp: { readonly protocols: { readonly http: { readonly endpoint: string } } } };
      readonly exporters: { readonly prometheusremotewrite: { readonly endpoint: string } };
    }
    const collector = readYaml<Collector>('provisioning/otel-collector/config.yaml');
    const port = collector.receivers.otlp.protocols.http.endpoint.split(':')[1];
    expect(compose.services['shop']?.environment?.['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe(
      `http://otel-collector:${port}`
    );
    expect(compose.services['backend']?.environment?.['AIOPS_OTLP_ENDPOINT']).toBe(`http://otel-collector:${port}`);
    expect(new URL(collector.exporters.prometheusremotewrite.endpoint).host).toBe(`mimir:${listening['mimir']}`);
  });
});
