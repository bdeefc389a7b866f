import { splitEvents } from './useServerEvents.ts';

test('complete events are taken and the rest waits for its end', () => {
  expect(splitEvents('event: job\ndata: {"a":1}\n\ndata: {"b"')).toEqual({ texts: ['{"a":1}'], rest: 'data: {"b"' });
});

test('heartbeats and carriage returns are no events', () => {
  expect(splitEvents(': heartbeat\r\n\r\ndata: 1\r\n\r\n')).toEqual({ texts: ['1'], rest: '' });
});

test('data over several lines is one event', () => {
  expect(splitEvents('data: {\ndata: }\n\n').texts).toEqual(['{\n}']);
});

test('a stream that never ends an event does not fill the memory', () => {
  expect(splitEvents(`data: ${'x'.repeat(2_000_000)}`).rest).toHaveLength(1_000_000);
});
