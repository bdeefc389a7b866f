import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace, type Span } from '@opentelemetry/api';
import type { RequestHandler } from 'express';

export interface Tracing {
  /** Sends what is left. Safe to call twice. */
  stop(): Promise<void>;
}

/** Does nothing and costs next to nothing until `startTracing` has run. */
const tracer = () => trace.getTracer('aiops');

/**
 * Starts sending spans over OTLP (HTTP, protobuf). Loaded only here: the SDK takes some 40 MB that most don't need.
 * @param endpoint of a collector, such as http://otel-collector:4318; `/v1/traces` is appended
 */
export async function startTracing(endpoint: string): Promise<Tracing> {
  const [{ NodeSDK }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const sdk = new NodeSDK({
    serviceName: 'aiops',
    traceExporter: new OTLPTraceExporter({ url }),
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  let stopped: Promise<void> | undefined;
  return {
    stop: () =>
      (stopped ??= sdk.shutdown().finally(() => {
        trace.disable();
        context.disable();
        propagation.disable();
      })),
  };
}

/** One span a request, under the trace of the caller (W3C traceparent) when there is one. */
export function traceRequests(): RequestHandler {
  return (request, response, next) => {
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = tracer().startSpan(`HTTP ${request.method}`, { kind: SpanKind.SERVER }, parent);
    response.on('close', () => {
      const route: unknown = response.locals['route'];
      if (typeof route === 'string') {
        span.updateName(`${request.method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttributes({
        'http.request.method': request.method,
        'http.response.status_code': response.statusCode,
      });
      span.setStatus({ code: response.statusCode >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET });
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}

/** Runs `work` in a span of its own; an error marks the span and goes on. */
export function inSpan<T>(
  name: string,
  attributes: Record<string, string | number>,
  work: () => Promise<T>
): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span: Span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
