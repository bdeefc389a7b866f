import type { MetricStore } from './metric-store.ts';

/** What differs between the products that speak the Prometheus HTTP API. */
export interface Flavour {
  /** Name for people, when the server does not say its own. */
  readonly product: string;
  /** Header that names the tenant. */
  readonly tenantHeader: string | undefined;
  /** Sent with every query. */
  readonly queryParameters: Readonly<Record<string, string>>;
  /** What to try when the API is not found under the url. */
  readonly notFoundHint: string;
  readonly unauthorizedHint: string;
}

const credentialsHint = 'check bearerTokenFile, basic or the client certificate of the source';

export const flavours: Readonly<Record<MetricStore['kind'], Flavour>> = {
  prometheus: {
    product: 'Prometheus',
    tenantHeader: undefined,
    queryParameters: {},
    notFoundHint: 'check the path in the url; with --web.route-prefix or --web.external-url it must be part of it',
    unauthorizedHint: credentialsHint,
  },
  mimir: {
    product: 'Grafana Mimir',
    tenantHeader: 'x-scope-orgid',
    queryParameters: {},
    notFoundHint: 'Mimir serves the Prometheus API under /prometheus by default: end the url with /prometheus',
    unauthorizedHint: `set tenant (Mimir answers "no org id" without one), or ${credentialsHint}`,
  },
  thanos: {
    product: 'Thanos',
    tenantHeader: undefined,
    // Replicas count once, and a store that is down gives a warning instead of no answer at all.
    queryParameters: { dedup: 'true', partial_response: 'true' },
    notFoundHint: 'name the Thanos Query component (port 10902 or 9090), not a sidecar, with its route prefix',
    unauthorizedHint: credentialsHint,
  },
};
