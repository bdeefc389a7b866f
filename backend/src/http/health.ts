import express, { type Router } from 'express';

/** What must stand before requests are welcome; one entry a part. */
export type Readiness = Readonly<Record<string, boolean>>;

/** `/healthz` says that the process answers, `/readyz` that it can work. Open to all, telling nothing but that. */
export function healthRoutes(readiness: () => Readiness): Router {
  const router = express.Router({ strict: true, caseSensitive: true });
  router.get('/healthz', (_request, response) => {
    response.locals['route'] = '/healthz';
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    response.locals['route'] = '/readyz';
    const parts = readiness();
    const ready = Object.values(parts).every(Boolean);
    response
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready', parts });
  });
  return router;
}
