/**
 * A small shop that is watched with OpenTelemetry: a few routes, a load of its own that follows the time of day, and on its
 * first page faults to switch on.
 * `SHOP_LISTEN` is where it listens, `SHOP_SERVICES` the files with the process numbers of services that can be killed. Metrics go to `OTEL_EXPORTER_OTLP_ENDPOINT` by OTLP when that is set, and are served on
 * `/metrics` for Prometheus when it is not.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { failingShare, FaultSwitch, isFaultName, slowFactor } from './shop/faults.ts';
import { pickRoute, requestsPerSecond, routes, secondsBuckets, workMs, type Route } from './shop/load.ts';
import { shopPage } from './shop/page.ts';

const [host = '127.0.0.1', port = '8080'] = (process.env['SHOP_LISTEN'] ?? '127.0.0.1:8080').split(':');
const otlpEndpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
const exportMs = 15_000;
const openAtOnce = 60;

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
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...secondsBuckets] } },
    },
  ],
});
const durations = provider.getMeter('shop').createHistogram('http.server.request.duration', {
  description: 'Duration of HTTP server requests.',
  unit: 's',
});

const switches = new FaultSwitch(JSON.parse(process.env['SHOP_SERVICES'] ?? '{}') as Record<string, string>);

/** How a page is served now: as usual, or broken on purpose. */
function broken(route: Route): Route {
  const slow = route.path === '/checkout' && switches.isOn('slow-checkout');
  const failing = route.path === '/cart' && switches.isOn('failing-cart');
  return {
    ...route,
    meanMs: route.meanMs * (slow ? slowFactor : 1),
    errorShare: failing ? failingShare : route.errorShare,
  };
}

async function serve(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startMs = performance.now();
  const { meanMs, errorShare } = broken(route);
  await sleep(workMs(meanMs, Math.random));
  const status = Math.random() < errorShare ? 500 : 200;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ page: route.path, ok: status === 200 }));
  durations.record((performance.now() - startMs) / 1000, {
    'http.request.method': request.method ?? 'GET',
    'http.route': route.path,
    'http.response.status_code': status,
  });
}

/** `GET /faults` tells which are on; `POST` and `DELETE` on one of them switch it. */
function answerFaults(name: string, request: IncomingMessage, response: ServerResponse): void {
  const known = isFaultName(name);
  if (known && (request.method === 'POST' || request.method === 'DELETE')) {
    switches.set(name, request.method === 'POST');
  }
  response.writeHead(known || name === '' ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(switches.state()));
}

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://shop');
  const route = pages.get(pathname);
  if (route !== undefined) {
    void serve(route, request, response);
  } else if (pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(shopPage());
  } else if (pathname === '/faults' || pathname.startsWith('/faults/')) {
    answerFaults(pathname.slice('/faults/'.length), request, response);
  } else if (pathname === '/metrics' && prometheus !== undefined) {
    prometheus.getMetricsRequestHandler(request, response);
  } else {
    response.writeHead(pathname === '/healthz' ? 200 : 404);
    response.end();
  }
});

/** Visitors: asks the shop's own pages until told to stop, never with more than a few requests open. */
async function visit(baseUrl: string, signal: AbortSignal): Promise<void> {
  let open = 0;
  while (!signal.aborted) {
    await sleep(1000 / requestsPerSecond(Date.now(), Math.random));
    if (open < openAtOnce) {
      open += 1;
      fetch(`${baseUrl}${pickRoute(Math.random)?.path ?? '/products'}`, { signal })
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
