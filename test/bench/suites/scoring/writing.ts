import { JobSpec } from '../../../../backend/src/contract/job.ts';
import { TickEncoder } from '../../../../backend/src/remote-write/tick-encoder.ts';
import type { SeriesScores } from '../../../../backend/src/scoring/tick-scores.ts';
import { judge, type Row, single } from '../../report.ts';
import { mean } from '../../statistics.ts';
import type { Measurement } from '../../suite.ts';

const seriesCount = 1_000;
const rounds = 60;
const warmUpRounds = 10;
const stepMs = 60_000;
const originMs = Date.UTC(2026, 0, 5);

/** Samples a second that one core encodes and compresses for remote write, one sample a series as each tick has them. */
export function writing(): Promise<Measurement> {
  const encoder = new TickEncoder(['aiops', 'grafana-ml']);
  const job = JobSpec.parse({ name: 'checkout-latency', query: 'q' });
  const labels = Array.from({ length: seriesCount }, (_, i) => ({
    ...{ __name__: 'http_requests', namespace: 'shop', service: 'checkout' },
    ...{ instance: `10.0.${i >> 8}.${i & 255}:9090`, pod: `checkout-7f9b6d5c4-${(i * 7_919).toString(36)}` },
  }));
  const rates: number[] = [];
  let bytesPerSample = 0;
  for (let round = 0; round < rounds; round += 1) {
    const nowMs = originMs + round * stepMs;
    const series = labels.map((one, i) => seriesOf(one, i + round, nowMs));
    const before = process.cpuUsage();
    const { requests } = encoder.encode({ job, series }, nowMs);
    const { user, system } = process.cpuUsage(before);
    const samples = requests.reduce((sum, request) => sum + request.samples, 0);
    bytesPerSample = requests.reduce((sum, { body }) => sum + body.length, 0) / samples;
    rates.push((1e6 * samples) / (user + system));
  }
  const rate = mean(rates.slice(warmUpRounds));
  const table = 'remote write, 1,000 series of one sample under 20 names';
  const rows: Row[] = [
    { name: 'writing', measure: 'samples a CPU second, protobuf and snappy', value: rate, table },
    { name: 'writing', measure: 'bytes a sample on the wire', value: bytesPerSample, table },
  ];
  const target = single('samples encoded for remote write a second, one core', '', 'higher', 1e6);
  return Promise.resolve({ rows, targets: [judge(target, rate)] });
}

function seriesOf(labels: SeriesScores['labels'], seed: number, nowMs: number): SeriesScores {
  const value = 10 + Math.sin(seed) * 3;
  const one = (shift: number) => Float32Array.of(value + shift);
  const horizon = { expected: value, lower: value - 1, upper: value + 1 };
  return {
    ...{ labels, timesMs: Float64Array.of(nowMs), observed: Float64Array.of(value) },
    ...{ expected: one(0.1), lower: one(-1), upper: one(1), scores: Float32Array.of(Math.abs(Math.cos(seed))) },
    horizons: [
      { horizonMs: 3_600_000, ...horizon },
      { horizonMs: 86_400_000, ...horizon },
    ],
  };
}
