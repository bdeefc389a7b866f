import type { AlertSenderStatus } from '../alerting/alert-sender.ts';
import type { ReceiverStatus } from '../contract/api.ts';
import type { AnnotationStatus } from '../grafana/annotation-writer.ts';
import type { WriterStatus } from '../remote-write/writer-status.ts';

/** How a writer is, for the overview. */
export function writerReceiver({ name, state, problem, queue, lastWrittenAtMs }: WriterStatus): ReceiverStatus {
  const isIdle = lastWrittenAtMs === null && queue.requests === 0;
  return {
    name,
    kind: 'writer',
    state: state === 'working' ? (isIdle ? 'idle' : 'working') : 'failing',
    message: problem?.text ?? null,
    waiting: queue.requests,
    oldestWaitingAtMs: queue.oldestMadeAtMs,
    lastAcceptedAtMs: lastWrittenAtMs,
  };
}

/** How an Alertmanager is. Nothing waits for it: what lasts is sent anew each minute. */
export function alertmanagerReceiver({ name, state, message, lastAcceptedAtMs }: AlertSenderStatus): ReceiverStatus {
  return { name, kind: 'alertmanager', state, message, waiting: 0, oldestWaitingAtMs: null, lastAcceptedAtMs };
}

/** How Grafana takes annotations. */
export function grafanaReceiver(
  name: string,
  { waiting, inStepAtMs, error, refused }: AnnotationStatus
): ReceiverStatus {
  const failed = error ?? refused[0]?.error ?? null;
  const idle = inStepAtMs === null && waiting === 0;
  return {
    name,
    kind: 'grafana',
    state: failed === null ? (idle ? 'idle' : 'working') : 'failing',
    message: failed,
    waiting,
    oldestWaitingAtMs: null,
    lastAcceptedAtMs: inStepAtMs,
  };
}
