import { z } from 'zod';
import { meta } from './setting-values.ts';

const schemes = {
  webhook: /^https?:$/,
  alertmanager: /^https?:$/,
  email: /^smtps?:$/,
} as const;
const shownScheme = { webhook: 'https://', alertmanager: 'http://', email: 'smtp:// or smtps://' } as const;

/** One address, and nothing that a mail header could be continued with. */
const MailAddress = z
  .string()
  .max(254)
  .regex(/^[^\s@<>,;:"()[\]\\]+@[A-Za-z0-9.-]+$/, { error: 'expected a mail address such as on-call@example.com' });

const own = {
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
      error: 'expected lower-case letters, digits and dashes, such as on-call',
    })
    .meta(meta({ description: 'Name that policies use for this contact' })),
  kind: z
    .enum(['webhook', 'alertmanager', 'email'])
    .meta(meta({ description: 'How it hears: JSON by POST, an alert of its own, or mail' })),
  url: z
    .string()
    .refine((text) => URL.canParse(text) && new URL(text).hostname !== '', { error: 'expected a URL' })
    .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
      error: 'expected a URL without user and password: put them into "basic" with a passwordFile',
    })
    .meta(
      meta({
        description: 'Where to: https://…, the base of an Alertmanager, smtp://host:587 or smtps://host',
        shownType: 'URL',
      })
    ),
  from: MailAddress.optional().meta(meta({ description: 'email: address that mails come from' })),
  to: z
    .array(MailAddress)
    .min(1)
    .max(50)
    .optional()
    .meta(meta({ description: 'email: addresses that mails go to' })),
};

/**
 * Someone who must hear when a person is needed.
 * @param connection keys of a server that is reached with credentials
 */
export const contactEntry = <C extends z.ZodRawShape>(connection: C) =>
  z.strictObject({ ...own, ...connection }).superRefine((entry, context) => {
    faultsOf(entry as unknown as OwnKeys).forEach(({ key, message }) => {
      context.addIssue({ code: 'custom', path: [key], message });
    });
  });

type OwnKeys = z.output<z.ZodObject<typeof own>>;

/** Which keys do not fit the kind. */
function faultsOf({ kind, url, from, to }: OwnKeys): ReadonlyArray<{ readonly key: string; readonly message: string }> {
  const scheme = `expected a URL that starts with ${shownScheme[kind]} for a contact of kind ${kind}`;
  const isUrlFit = !URL.canParse(url) || schemes[kind].test(new URL(url).protocol);
  const mailKeys = Object.entries({ from, to }).filter(([, value]) => (value === undefined) === (kind === 'email'));
  return [
    ...(isUrlFit ? [] : [{ key: 'url', message: scheme }]),
    ...mailKeys.map(([key]) => ({
      key,
      message: kind === 'email' ? `a contact of kind email needs ${key}` : `${key} is for contacts of kind email`,
    })),
  ];
}
