import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ServerEvent } from '../../backend/src/contract/index.ts';
import { proxyUrl } from './client.ts';
import { endpoints } from './endpoints.ts';
import { jobKeys } from './useJobs.ts';

export type TrainingProgress = Extract<ServerEvent, { kind: 'training' }>;

const pollMs = 5_000;
/** One event is far below this: a stream without line ends must not fill the memory. */
const maxBufferedChars = 1_000_000;

/** The texts of complete events in a buffer of server-sent events (WHATWG HTML 9.2), and the unfinished rest. */
export function splitEvents(buffer: string): { readonly texts: readonly string[]; readonly rest: string } {
  const blocks = buffer.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const texts = blocks
    .map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trimStart())
        .join('\n')
    )
    .filter((text) => text !== '');
  return { texts, rest: rest.slice(-maxBufferedChars) };
}

function parseEvent(text: string): ServerEvent | undefined {
  try {
    return ServerEvent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Hands on each event until the stream ends or `signal` is aborted. Grafana's own client cannot stream. */
async function readEvents(onEvent: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
  const answer = await fetch(proxyUrl(endpoints.events()), { headers: { Accept: 'text/event-stream' }, signal });
  if (!answer.ok || answer.body === null) {
    throw new Error(`events answered ${answer.status}`);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const { texts, rest } = splitEvents(buffer + chunk.value);
    buffer = rest;
    texts.map(parseEvent).forEach((event) => event !== undefined && onEvent(event));
  }
}

/**
 * Progress of a job's training while the page is open: by events, or by asking every 5 s when the stream fails.
 * @returns the latest event of a training of this job; undefined before the first
 */
export function useTrainingEvents(job: string): TrainingProgress | undefined {
  const client = useQueryClient();
  const [progress, setProgress] = useState<TrainingProgress>();
  useEffect(() => {
    const stop = new AbortController();
    let poll: ReturnType<typeof setInterval> | undefined;
    const refresh = () => void client.invalidateQueries({ queryKey: jobKeys.one(job) });
    const onEvent = (event: ServerEvent) => {
      if (event.job !== job) {
        return;
      }
      if (event.kind === 'training') {
        setProgress(event);
      }
      if (event.kind === 'job' || (event.kind === 'training' && event.ended)) {
        refresh();
      }
    };
    const pollInstead = () => {
      if (!stop.signal.aborted) {
        poll ??= setInterval(refresh, pollMs);
      }
    };
    readEvents(onEvent, stop.signal).then(pollInstead, pollInstead);
    return () => {
      stop.abort();
      clearInterval(poll);
    };
  }, [client, job]);
  return progress;
}
