import { z } from 'zod';
import type { DemoLine } from './line.ts';

const stepSeconds = 300;
const daySeconds = 86_400;
const leastShare = 0.95;

const Matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

async function askRange(line: DemoLine, query: string, startSeconds: number, endSeconds: number): Promise<number[]> {
  const answer = await fetch(`${line.backendUrl}/prometheus/api/v1/query_range`, {
    method: 'POST',
    headers: { authorization: `Bearer ${line.token}` },
    body: new URLSearchParams({
      query,
      start: String(startSeconds),
      end: String(endSeconds),
      step: String(stepSeconds),
    }),
    signal: AbortSignal.timeout(30_000),
  });
  const body: unknown = await answer.json();
  const parsed = Matrix.safeParse(body);
  if (!parsed.success) {
    throw new Error(`the façade did not answer ${query}: ${JSON.stringify(body).slice(0, 300)}`);
  }
  return (parsed.data.data.result[0]?.values ?? []).map(([, value]) => Number(value));
}

/** Fails unless the façade answers the coming day of a job, and lower ≤ expected ≤ upper at every step of it. */
export async function checkFacade(line: DemoLine, job: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
  const ask = (metric: string): Promise<number[]> =>
    askRange(line, `${metric}{for="${job}"}`, now + stepSeconds, now + daySeconds - stepSeconds);
  const [expected, lower, upper] = await Promise.all([ask('yhat'), ask('yhat_lower'), ask('yhat_upper')]);
  const wanted = daySeconds / stepSeconds - 1;
  if (expected.length < leastShare * wanted) {
    throw new Error(`the façade answers ${expected.length} of ${wanted} future values of ${job}`);
  }
  const crossed = expected.filter(
    (value, i) => !(value >= (lower[i] ?? Number.NaN) && value <= (upper[i] ?? Number.NaN))
  );
  if (crossed.length > 0) {
    throw new Error(`${crossed.length} of ${expected.length} expected values of ${job} are outside of their band`);
  }
  if (expected.every((_value, i) => lower[i] === upper[i])) {
    throw new Error(`the band of ${job} has no width`);
  }
  return `${job}: ${expected.length} future values, each inside of its band`;
}
