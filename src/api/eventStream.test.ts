import { splitEvents } from './eventStream.ts';

const dataOf = (buffer: string) => splitEvents(buffer).messages.map(({ data }) => data);

test('complete events are taken and the rest waits for its end', () => {
  expect(splitEvents('event: job\ndata: {"a":1}\n\ndata: {"b"')).toEqual({
    messages: [{ event: 'job', id: undefined, data: '{"a":1}' }],
    rest: 'data: {"b"',
  });
});

test('an event keeps its id, from which a stream goes on', () => {
  expect(splitEvents('id: 7\ndata: {}\n\n').messages).toEqual([{ event: 'message', id: '7', data: '{}' }]);
});

test('heartbeats and carriage returns are no events', () => {
  expect(dataOf(': heartbeat\r\n\r\ndata: 1\r\n\r\n')).toEqual(['1']);
});

test('data over several lines is one event', () => {
  expect(dataOf('data: {\ndata: }\n\n')).toEqual(['{\n}']);
});

test('a stream that never ends an event does not fill the memory', () => {
  expect(splitEvents(`data: ${'x'.repeat(2_000_000)}`).rest).toHaveLength(1_000_000);
});
