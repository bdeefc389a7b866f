/**
 * A service behind the demo shop that does nothing but live, until its process is killed: `service.ts ADDRESS:PORT NAME`.
 * Its only page is `/metrics`, for Prometheus to see it by.
 */
import http from 'node:http';

const [host = '127.0.0.1', port = '8081'] = (process.argv[2] ?? '').split(':');
const name = process.argv[3] ?? 'service';
const startedAtSeconds = Date.now() / 1000;

http
  .createServer((request, response) => {
    response.writeHead(request.url === '/metrics' ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(`# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${startedAtSeconds}\n`);
  })
  .listen(Number(port), host, () => console.log(`${name} listens on ${host}:${port}`));
