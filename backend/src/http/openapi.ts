import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  zodToOpenAPIRegistry,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import * as contract from '../contract/index.ts';
import { AppError, errorCodes, type ErrorCode } from '../errors.ts';
import type { Route } from './route.ts';
import { routes } from './routes/index.ts';

const everyRoute: readonly ErrorCode[] = [
  'invalid_path',
  'unauthorized',
  'grant_mismatch',
  'rate_limited',
  'deadline_exceeded',
  'internal',
];
const withInput: readonly ErrorCode[] = ['invalid_request'];
const withBody: readonly ErrorCode[] = ['body_too_large', 'unsupported_media_type'];
const withChange: readonly ErrorCode[] = ['signed_user_required', 'forbidden'];

function codesOf(entry: Route): readonly ErrorCode[] {
  const input = entry.bodyLimitBytes > 0 || Object.keys({ ...entry.params.shape, ...entry.query.shape }).length > 0;
  const possible = new Set([
    ...everyRoute,
    ...(input ? withInput : []),
    ...(entry.bodyLimitBytes > 0 ? withBody : []),
    ...(entry.grant === 'models:write' ? withChange : []),
    ...entry.errors,
  ]);
  return errorCodes.filter((code) => possible.has(code));
}

function problemResponses(entry: Route): Record<string, ResponseConfig> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codesOf(entry)) {
    const status = new AppError(code, '').httpStatus;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: `Problem with code ${codes.join(' or ')}`,
        content: { 'application/problem+json': { schema: contract.Problem } },
      },
    ])
  );
}

function successResponse(entry: Route): ResponseConfig {
  const { description, schema, contentType = 'application/json' } = entry.success;
  return schema === undefined ? { description } : { description, content: { [contentType]: { schema } } };
}

function describeRoute(registry: OpenAPIRegistry, entry: Route): void {
  const { params, query, body } = entry;
  registry.registerPath({
    method: entry.method,
    path: `/api/v1${entry.path.replace(/:(\w+)/g, '{$1}')}`,
    summary: entry.summary,
    description: `Needs the grant ${entry.grant}.`,
    security: entry.grant === 'models:write' ? [{ token: [], signedUser: [] }] : [{ token: [] }],
    request: {
      params,
      query,
      ...(body === undefined ? {} : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: { [entry.success.status]: successResponse(entry), ...problemResponses(entry) },
  });
}

/**
 * Gives the schemas of the contract their names, so that operations refer to them. Noted beside the schemas: zod's own
 * methods can't be extended any more when the contract is loaded already.
 */
function nameSchemas(): void {
  for (const [name, value] of Object.entries(contract)) {
    if (value instanceof z.ZodType) {
      zodToOpenAPIRegistry.add(value, { _internal: { refId: name } });
    }
  }
}

/** The OpenAPI 3.1 document of the HTTP API, made from the same table that the server mounts. */
export function openApiDocument(version: string) {
  const registry = new OpenAPIRegistry();
  nameSchemas();
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of server.tokenFile; not needed when none is set and the backend listens on loopback only',
  });
  registry.registerComponent('securitySchemes', 'signedUser', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Grafana-Id',
    description: "Grafana's signed identity token; its plugin proxy sets it, with X-Aiops-Grant from the route",
  });
  for (const entry of routes) {
    describeRoute(registry, entry);
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'AIOps backend',
      version,
      description:
        'Jobs that forecast metrics, their bands, and previews. Errors are RFC 9457 problems with stable codes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:9099', description: 'The default address of aiops serve' }],
  });
}
