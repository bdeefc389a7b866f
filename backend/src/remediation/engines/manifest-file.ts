import { z } from 'zod';
import { checkSchema } from '../../config/check-schema.ts';
import type { ConfigProblem } from '../../config/problems.ts';
import type { YamlFile } from '../../config/yaml-file.ts';
import { DurationText, parseDurationMs } from '../../contract/duration.ts';
import type { ActionManifest } from './automation-engine.ts';
import { schemaFault } from './parameters.ts';

const Name = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/, { error: 'expected a name such as restart_service' });

const ManifestFile = z.strictObject({
  title: z.string().min(1).max(200),
  tier: z.enum(['low', 'medium', 'high']),
  idempotent: z.boolean(),
  groups: z.array(Name).min(1).max(100),
  takes: DurationText,
  parameters: z.record(z.string(), z.unknown()),
  rollback: Name.nullable().default(null),
});

/** What a manifest says besides, when the action is a request. */
const WebhookManifestFile = ManifestFile.extend({
  path: z
    .string()
    .max(200)
    .regex(/^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/, { error: 'expected a path such as /restart' }),
});

export interface ReadManifest {
  /** Undefined when there are problems. */
  readonly manifest: ActionManifest | undefined;
  /** Path of the request of a webhook's action. */
  readonly path: string | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** Checks one `NAME.manifest.yaml`; faults are placed at their line. */
export function readManifest(file: YamlFile, name: string, kind: 'ansible' | 'webhook'): ReadManifest {
  const none = { manifest: undefined, path: undefined };
  if (file.problems.length > 0) {
    return { ...none, problems: file.problems };
  }
  const schema = kind === 'ansible' ? ManifestFile : WebhookManifestFile;
  const { value, problems } = checkSchema(schema, file.value ?? {}, { file, base: [] });
  if (value === undefined) {
    return { ...none, problems };
  }
  const { takes, ...rest } = value;
  const fault = schemaFault(rest.parameters);
  if (fault !== undefined) {
    const at = file.positionOf(['parameters', ...fault.path]);
    return { ...none, problems: [{ where: file.file, ...at, message: `parameters: ${fault.message}` }] };
  }
  const path = 'path' in value && typeof value.path === 'string' ? value.path : undefined;
  const { title, tier, idempotent, groups, parameters, rollback } = rest;
  const takesMs = parseDurationMs(takes) ?? 0;
  const manifest = { name, title, tier, idempotent, groups, takesMs, parameters, rollback, warnings: [] };
  return { manifest, path, problems: [] };
}
