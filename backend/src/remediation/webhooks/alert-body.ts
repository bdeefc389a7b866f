import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WebhookSettings } from '../../config/config-types.ts';
import { AppError } from '../../errors.ts';
import { absenceOf } from '../episodes/absence.ts';
import { labelText } from '../episodes/episode-columns.ts';
import type { AlertMessage } from '../episodes/episode-transition.ts';

type Kind = WebhookSettings['kind'];

/** A message of a webhook, read. */
export interface AlertBody {
  readonly messages: readonly AlertMessage[];
  /** Name of the receiver that sent it; null when it has none. */
  readonly receiver: string | null;
  /** Alerts that the sender left out. */
  readonly truncated: number;
  /** A test message of Grafana's: it opens nothing. */
  readonly test: boolean;
  /** Alerts that are left out here, with the reason. */
  readonly refused: ReadonlyArray<{ readonly index: number; readonly reason: string }>;
}

export const mostAlerts = 20_000;
const mostLabels = 256;
const longestLabel = 8_192;
const longestAnnotation = 8_192;

const Texts = z.record(z.string(), z.string());
const Instant = z.iso.datetime({ offset: true });

// Unknown fields pass: 0.32 and 0.34 of Alertmanager added some, and more will come.
const Alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: Texts,
  annotations: Texts.nullish(),
  startsAt: Instant,
  endsAt: Instant.nullish(),
  generatorURL: z.string().nullish(),
  fingerprint: z.string().regex(/^[0-9a-f]{1,64}$/, { error: 'expected a fingerprint in hex digits' }),
});

const Message = z.object({
  version: z.string(),
  receiver: z.string().max(1_000),
  groupKey: z.string(),
  externalURL: z.string().nullish(),
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: z.array(Alert).max(mostAlerts),
});

/** Our own: what a script with curl can send. */
const GenericMessage = z.object({
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: Texts.refine((labels) => (labels['alertname'] ?? '') !== '', { error: 'expected a label alertname' }),
        annotations: Texts.nullish(),
        startsAt: Instant.nullish(),
        endsAt: Instant.nullish(),
        generatorURL: z.string().nullish(),
        fingerprint: z.string().min(1).max(200).nullish(),
      })
    )
    .min(1)
    .max(mostAlerts),
});

const versions = { alertmanager: '4', grafana: '1' } as const;
const products = { alertmanager: 'Alertmanager', grafana: 'Grafana' } as const;

/**
 * Reads a parsed body as the message of its kind. The whole is refused when it is no such message; single alerts that
 * are too large or carry no time that can be used are left out and named, so that they do not keep back the others.
 * @throws AppError `invalid_request` saying what is not as the sender writes it by default
 */
export function readAlertBody(kind: Kind, json: unknown): AlertBody {
  return kind === 'generic' ? readGeneric(json) : readMessage(kind, json);
}

function readMessage(kind: 'alertmanager' | 'grafana', json: unknown): AlertBody {
  const parsed = Message.safeParse(json);
  if (!parsed.success) {
    throw notTheMessage(kind, parsed.error);
  }
  const { version, receiver, groupKey, externalURL, truncatedAlerts, alerts } = parsed.data;
  if (version !== versions[kind]) {
    throw wrongVersion(kind, version);
  }
  const truncated = truncatedAlerts ?? 0;
  // Grafana's contact point test: any labels may be given to it, the group's key can't.
  const test = kind === 'grafana' && groupKey.startsWith('test-');
  const messages = alerts.map((alert): AlertMessage => messageOf(alert, externalURL ?? '', truncated));
  return { receiver, truncated, test, ...withinLimits(test ? [] : messages) };
}

function readGeneric(json: unknown): AlertBody {
  const parsed = GenericMessage.safeParse(json);
  if (!parsed.success) {
    throw new AppError(
      'invalid_request',
      `This is no message of kind generic (${issueText(parsed.error)}). It is ` +
        '{"alerts":[{"status":"firing","labels":{"alertname":"…"},"startsAt":"2026-01-31T12:00:00Z"}]}.'
    );
  }
  const messages = parsed.data.alerts.map((alert): AlertMessage => {
    const fingerprint = alert.fingerprint ?? fingerprintOf(alert.labels);
    return messageOf({ ...alert, fingerprint }, '', 0);
  });
  return { receiver: null, truncated: 0, test: false, ...withinLimits(messages) };
}

interface ReadAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
  readonly startsAt?: string | null | undefined;
  readonly endsAt?: string | null | undefined;
  readonly generatorURL?: string | null | undefined;
  readonly fingerprint: string;
}

function messageOf(alert: ReadAlert, sender: string, truncated: number): AlertMessage {
  const { status, labels, fingerprint, generatorURL } = alert;
  const annotations = cutAnnotations(alert.annotations ?? {});
  return {
    status,
    fingerprint,
    labels,
    annotations,
    generatorUrl: generatorURL === undefined || generatorURL === '' ? null : (generatorURL?.slice(0, 8_192) ?? null),
    startsAtMs: instantOf(alert.startsAt),
    endsAtMs: status === 'firing' ? null : instantOf(alert.endsAt),
    absence: absenceOf(labels, annotations),
    sender: sender.slice(0, 300),
    truncated,
  };
}

/** Go's zero time (year 1) is a valid date to JavaScript, and means none. */
function instantOf(text: string | null | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

function cutAnnotations(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(annotations).slice(0, mostLabels);
  return Object.fromEntries(
    pairs.map(([name, text]) => [name, text.length > longestAnnotation ? `${text.slice(0, longestAnnotation)}…` : text])
  );
}

function withinLimits(all: readonly AlertMessage[]): Pick<AlertBody, 'messages' | 'refused'> {
  const reasons = all.map((message) => refusal(message));
  return {
    messages: all.filter((_, index) => reasons[index] === undefined),
    refused: reasons.flatMap((reason, index) => (reason === undefined ? [] : [{ index, reason }])),
  };
}

function refusal({ labels }: AlertMessage): string | undefined {
  const pairs = Object.entries(labels);
  if (pairs.length > mostLabels) {
    return `more than ${mostLabels} labels`;
  }
  const long = pairs.find(([name, value]) => name.length > longestLabel || value.length > longestLabel);
  return long === undefined
    ? undefined
    : `the label ${JSON.stringify(long[0].slice(0, 60))} is longer than ${longestLabel} characters`;
}

/** The same for the same labels, whatever their order. */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(labelText(labels)).digest('hex').slice(0, 16);
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  return path === '' ? (issue?.message ?? '') : `${path}: ${issue?.message ?? ''}`;
}

function notTheMessage(kind: 'alertmanager' | 'grafana', error: z.ZodError): AppError {
  const setting = kind === 'grafana' ? 'the contact point\'s "Custom payload"' : "the receiver's payload setting";
  return new AppError(
    'invalid_request',
    `This is not the message that ${products[kind]} sends by default (${issueText(error)}). A custom template can't be ` +
      `read: remove ${setting}, or send to a webhook of kind generic.`
  );
}

function wrongVersion(kind: 'alertmanager' | 'grafana', version: string): AppError {
  const other = kind === 'grafana' ? 'alertmanager' : 'grafana';
  const fits = version === versions[other];
  return new AppError(
    'invalid_request',
    fits
      ? `This is a message of ${products[other]}, and the webhook is of kind ${kind}. Send it to one of kind ${other}.`
      : `The message has version ${JSON.stringify(version.slice(0, 20))}; ${products[kind]} sends version ${versions[kind]}.`
  );
}
