/**
 * A small shop that is watched with OpenTelemetry: a few routes, and a load of its own that follows the time of day.
 * `SHOP_LISTEN` is where it listens. Metrics go to `OTEL_EXPORTER_OTLP_ENDPOINT` by OTLP when that is set, and are served on
 * `/metrics` for Prometheus when it is not.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [host = '127.0.0.1', port = '8080'] = (process.env['SHOP_LISTEN'] ?? '127.0.0.1:8080').split(':');
const otlpEndpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
const exportMs = 15_000;
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5];
const mostRequestsPerSecond = 20;
const openAtOnce = 20;

interface Route {
  readonly path: string;
  /** Share of the load, of all weights. */
  readonly weight: number;
  readonly meanMs: number;
  readonly errorShare: number;
}

const routes: readonly Route[] = [
  { path: '/products', weight: 6, meanMs: 12, errorShare: 0.001 },
  { path: '/cart', weight: 3, meanMs: 25, errorShare: 0.002 },
  { path: '/checkout', weight: 1, meanMs: 70, errorShare: 0.005 },
];
const pages = new Map(routes.map((route) => [route.path, route]));

const prometheus = otlpEndpoint === undefined ? new PrometheusExporter({ preventServerStart: true }) : undefined;
const reader =
  prometheus ??
  new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${otlpEndpoint ?? ''}/v1/metrics` }),
    exportIntervalMillis: exportMs,
  });
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': '0.1.0' }),
  readers: [reader],
  views: [
    {
      instrumentName: 'http.server.request.duration',
      // The collector puts the unit into the name, the Prometheus exporter leaves that to us.
      ...(prometheus === undefined ? {} : { name: 'http.server.request.duration.seconds' }),
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: secondsBuckets } },
    },
  ],
});
const durations = provider.getMeter('shop').createHistogram('http.server.request.duration', {
  description: 'Duration of HTTP server requests.',
  unit: 's',
});

/** A time around `meanMs` with a long tail, as answers of services have. */
const workMs = (meanMs: number): number => meanMs * (0.4 - 0.6 * Math.log(1 - Math.random()));

async function serve(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startMs = performance.now();
  await sleep(workMs(route.meanMs));
  const status = Math.random() < route.errorShare ? 500 : 200;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ page: route.path, ok: status === 200 }));
  durations.record((performance.now() - startMs) / 1000, {
    'http.request.method': request.method ?? 'GET',
    'http.route': route.path,
    'http.response.status_code': status,
  });
}

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://shop');
  const route = pages.get(pathname);
  if (route !== undefined) {
    void serve(route, request, response);
  } else if (pathname === '/metrics' && prometheus !== undefined) {
    prometheus.getMetricsRequestHandler(request, response);
  } else {
    response.writeHead(pathname === '/healthz' ? 200 : 404);
    response.end();
  }
});

/** Requests a second at a time of day (UTC): least at four in the morning, most in the afternoon, and never above the limit. */
function requestsPerSecond(timeMs: number): number {
  const day = (timeMs % 86_400_000) / 86_400_000;
  const wave = 0.5 - 0.5 * Math.cos(2 * Math.PI * (day - 4 / 24));
  return Math.min(mostRequestsPerSecond, 2 + 10 * wave + Math.random());
}

function pickRoute(): Route | undefined {
  let left = Math.random() * routes.reduce((sum, route) => sum + route.weight, 0);
  return routes.find((route) => (left -= route.weight) < 0);
}

/** Visitors: asks the shop's own pages until told to stop, never with more than a few requests open. */
async function visit(baseUrl: string, signal: AbortSignal): Promise<void> {
  let open = 0;
  while (!signal.aborted) {
    await sleep(1000 / requestsPerSecond(Date.now()));
    if (open < openAtOnce) {
      open += 1;
      fetch(`${baseUrl}${pickRoute()?.path ?? '/products'}`, { signal })
        .then((answer) => answer.arrayBuffer())
        .catch(() => undefined)
        .finally(() => (open -= 1));
    }
  }
}

const stopping = new AbortController();
server.listen(Number(port), host, () => {
  console.log(`shop listens on ${host}:${port}`);
  void visit(`http://127.0.0.1:${port}`, stopping.signal);
});
server.on('error', (error) => {
  console.error(`the shop can't listen on ${host}:${port}: ${error.message}`);
  process.exitCode = 1;
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort();
    server.close();
    server.closeAllConnections();
    void provider.shutdown().catch(() => undefined);
  });
}
