import { judge, single } from '../../report.ts';
import { quantile } from '../../statistics.ts';
import type { Measurement } from '../../suite.ts';
import { azureStepMs } from './azure.ts';
import { timings } from './latency.ts';
import { startBackend } from './backend.ts';

const points = 8_064;
const requests = 60;

/** Four weeks at 5 minutes through the HTTP API of a running backend, `auto`, one request at a time. */
export async function preview(series: readonly Float64Array[], progress: (text: string) => void): Promise<Measurement> {
  progress(`preview: ${requests} requests of ${points} points`);
  const backend = await startBackend();
  try {
    const seconds = await timings(requests, 4, async (index) => {
      const values = series[index % series.length] ?? new Float64Array();
      const body = {
        series: {
          labels: { vm: String(index) },
          timestampsMs: Array.from({ length: points }, (_, i) => 1_700_000_100_000 + i * azureStepMs),
          values: Array.from(values.subarray(0, points)),
        },
        step: '5m',
        horizon: '24h',
        models: 'auto',
      };
      const response = await fetch(`${backend.url}/api/v1/forecasts/preview`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      });
      const answer = (await response.json()) as { state?: string; detail?: string };
      if (response.status !== 200 || answer.state === undefined) {
        throw new Error(`preview answered ${response.status}: ${answer.detail ?? ''}`);
      }
    });
    return {
      rows: [
        { name: 'preview of 8,064 points', measure: 'median seconds', value: quantile(seconds, 0.5) },
        { name: 'preview of 8,064 points', measure: 'p95 seconds', value: quantile(seconds, 0.95) },
      ],
      targets: [judge(single('preview of 8,064 points, auto, p95', 's', 'lower', 1), quantile(seconds, 0.95))],
    };
  } finally {
    await backend.stop();
  }
}
