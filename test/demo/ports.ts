import net from 'node:net';
import { once } from 'node:events';

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

async function anyFreePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** For each name the wanted port of the loopback interface when it is free, and any other when it is not. */
export async function choosePorts<Name extends string>(
  wanted: Readonly<Record<Name, number>>
): Promise<Readonly<Record<Name, number>>> {
  const chosen: Record<Name, number> = { ...wanted };
  for (const name of Object.keys(wanted) as Name[]) {
    chosen[name] = (await isFree(wanted[name])) ? wanted[name] : await anyFreePort();
  }
  return chosen;
}
