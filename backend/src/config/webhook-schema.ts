import { z } from 'zod';
import { Duration, FilePath, HeaderName, Size, meta } from './setting-values.ts';

/** Headers that mean something else already: a signature there would never be read. */
const takenHeaders: ReadonlySet<string> = new Set(['authorization', 'host', 'content-type', 'content-length']);

const OwnHeader = HeaderName.refine((name) => !takenHeaders.has(name.toLowerCase()), {
  error: 'expected a header of its own, such as X-Grafana-Alerting-Signature',
});

/** Where alerts are taken in, and how whoever sends them proves itself. */
export const WebhookEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
        error: 'expected lower-case letters, digits and dashes, such as alertmanager',
      })
      .meta(meta({ description: 'Name of the webhook: it listens at /api/v1/webhooks/NAME' })),
    kind: z
      .enum(['alertmanager', 'grafana', 'generic'])
      .meta(meta({ description: 'Whose messages these are; generic is a small format of our own (docs/webhooks.md)' })),
    bearerTokenFile: FilePath.optional().meta(
      meta({ description: 'File with the bearer token that the sender must show', shownType: 'path' })
    ),
    basic: z
      .strictObject({
        user: z
          .string()
          .min(1)
          .regex(/^[^:]*$/, { error: 'expected a user without a colon' })
          .meta(meta({ description: 'User that the sender must show' })),
        passwordFile: FilePath.meta(meta({ description: 'File with the password', shownType: 'path' })),
      })
      .optional()
      .meta(meta({ description: 'Basic authentication of the sender' })),
    hmacSecretFile: FilePath.optional().meta(
      meta({
        description: 'File with the secret that the sender signs the body with (HMAC-SHA256, hex)',
        shownType: 'path',
      })
    ),
    signatureHeader: OwnHeader.default('X-Grafana-Alerting-Signature').meta(
      meta({ description: 'Header with the signature' })
    ),
    timestampHeader: OwnHeader.optional().meta(
      meta({ description: 'Header with the signed time in seconds; more than 5 minutes off is refused' })
    ),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9!\-_.*'()|]{1,150}$/, { error: "expected a tenant of letters, digits and !-_.*'()|" })
      .default('default')
      .meta(meta({ description: 'Tenant that the alerts belong to' })),
    receiver: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta(
        meta({
          description:
            'Name of the receiver or contact point there: alerts for it are looked for when a message is lost',
          shownDefault: 'that of the newest message',
        })
      ),
    lease: Duration(60_000, 2_592_000_000, '1m to 30d')
      .default('6h')
      .meta(
        meta({
          description:
            "An episode that nothing is heard of for so long is closed; more than the sender's repeat interval",
          shownType: 'duration',
        })
      ),
    maxBody: Size(10_000, '10KB')
      .default('5MB')
      .meta(meta({ description: 'Largest message that is taken', shownType: 'size' })),
  })
  .refine(({ kind, hmacSecretFile }) => kind !== 'alertmanager' || hmacSecretFile === undefined, {
    path: ['hmacSecretFile'],
    error: 'Alertmanager can sign nothing: use bearerTokenFile or basic',
  })
  .refine(({ timestampHeader, hmacSecretFile }) => timestampHeader === undefined || hmacSecretFile !== undefined, {
    path: ['timestampHeader'],
    error: 'a time that is not signed proves nothing: set hmacSecretFile too',
  })
  .refine(({ bearerTokenFile, basic }) => bearerTokenFile === undefined || basic === undefined, {
    path: ['basic'],
    error: 'a message has one Authorization header: set bearerTokenFile or basic, not both',
  });
export type WebhookEntry = z.output<typeof WebhookEntry>;
