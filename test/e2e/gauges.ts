import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What the fault switch can be. */
export type Fault = 'none' | 'high';

export interface Gauges {
  readonly url: string;
  close(): Promise<void>;
}

const queueLevel = 40;
const faultFactor = 5;

/** The queue as it usually is: a level with noise that each second has of its own, the same at each call. */
export function usualQueue(timeMs: number): number {
  const mixed = Math.imul(Math.floor(timeMs / 1000) ^ 0x9e3779b9, 0x85ebca6b);
  const noise = ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32 - 0.5;
  return queueLevel + 12 * noise;
}

/** A disk that fills up by 2 % a day and one that does not, as they were some days ago; noise lies within ±0.5. */
export const disks = [
  { mount: '/var', usedRatio: (days: number, noise: number) => 0.86 - 0.02 * days + 0.004 * noise },
  { mount: '/home', usedRatio: (_days: number, noise: number) => 0.4 + 0.004 * noise },
] as const;

/**
 * A service that Prometheus scrapes, with a switch for a fault, `POST /fault/high`, `POST /fault/none`, and a worker that
 * stops and starts: `POST /worker/stop`, `POST /worker/start`.
 */
export async function startGauges(): Promise<Gauges> {
  let fault: Fault = 'none';
  let workerUp = 1;
  const server = http.createServer((req, res) => {
    const turned = /^\/worker\/(start|stop)$/.exec(req.url ?? '')?.[1];
    if (req.method === 'POST' && turned !== undefined) {
      workerUp = turned === 'start' ? 1 : 0;
      res.writeHead(204).end();
      return;
    }
    const chosen = /^\/fault\/(none|high)$/.exec(req.url ?? '')?.[1];
    if (req.method === 'POST' && chosen !== undefined) {
      fault = chosen as Fault;
      res.writeHead(204).end();
      return;
    }
    const value = usualQueue(Date.now()) * (fault === 'high' ? faultFactor : 1);
    res.setHeader('content-type', 'text/plain; version=0.0.4');
    const used = disks.map(
      ({ mount, usedRatio }) => `shop_disk_used_ratio{mountpoint="${mount}"} ${usedRatio(0, 0).toFixed(5)}`
    );
    const worker = `shop_worker_up{worker="mailer"} ${workerUp}`;
    res.end([`shop_queue_length{service="orders"} ${value.toFixed(3)}`, worker, ...used, ''].join('\n'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
