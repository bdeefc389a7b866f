import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * A Prometheus API in a process of its own that answers a thousand series for any query: its time is not that of the
 * backend. Prints its port. Every fiftieth series is far out for twenty steps, then another one.
 */
const seriesCount = Number(process.argv[2]);

const outsideSteps = 20;
const outsideOneIn = 50;

function valueOf(series: number, step: number): number {
  const outside = (series + Math.floor(step / outsideSteps)) % outsideOneIn === 0;
  // a few digits, as real values have them
  return (
    10 + Math.sin(series + step / 60) * 0.4 + ((series * 7_919 + step * 104_729) % 1_000) / 3_000 + (outside ? 5 : 0)
  );
}

const metrics = Array.from(
  { length: seriesCount },
  (_, i) =>
    `{"__name__":"http_requests","namespace":"shop","service":"checkout","instance":"10.0.${i >> 8}.${i & 255}:9090"}`
);

function answer(startSeconds: number, endSeconds: number, stepSeconds: number): string {
  const rows = metrics.map((metric, i) => {
    const values: string[] = [];
    for (let time = startSeconds; time <= endSeconds; time += stepSeconds) {
      values.push(`[${time},"${valueOf(i, Math.round(time / stepSeconds))}"]`);
    }
    return `{"metric":${metric},"values":[${values.join(',')}]}`;
  });
  return `{"status":"success","data":{"resultType":"matrix","result":[${rows.join(',')}]}}`;
}

const server = createServer((request, response) => {
  void text(request).then((body) => {
    const form = new URLSearchParams(body);
    const number = (name: string) => Number(form.get(name));
    response.setHeader('content-type', 'application/json');
    response.end(answer(number('start'), number('end'), number('step')));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
});
process.on('disconnect', () => process.exit(0));
