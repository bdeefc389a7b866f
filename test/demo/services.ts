import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { root, type Folders, type Ports } from './places.ts';

/** Services behind the shop whose processes can be killed; remediation starts them again. */
export const services = ['payment', 'mailer'] as const;
export type ServiceName = (typeof services)[number];

/**
 * Hosts and their groups. Both are this machine, under names of their own: nothing is done to it beside these processes.
 * Two of one group that fail within minutes would be a mass failure, and two alerts of one host have one cause.
 */
const places = {
  payment: { host: 'shop-1', group: 'shop' },
  mailer: { host: 'mail-1', group: 'mail' },
} as const;

export function pidFileOf(folders: Folders, name: ServiceName): string {
  return path.join(folders.state, `${name}.pid`);
}

function commandOf(name: ServiceName, ports: Ports): readonly string[] {
  return [process.execPath, path.join(root, 'test/demo/service.ts'), `127.0.0.1:${ports[name]}`, name];
}

/** Starts them as the playbook does, in sessions of their own. */
export async function startServices(folders: Folders, ports: Ports): Promise<void> {
  for (const name of services) {
    const [program = '', ...args] = commandOf(name, ports);
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    child.unref();
    await writeFile(pidFileOf(folders, name), `${child.pid ?? ''}\n`);
  }
}

/** Ends those that run now, whoever started them. */
export async function stopServices(folders: Folders): Promise<void> {
  for (const name of services) {
    const pid = Number(await readFile(pidFileOf(folders, name), 'utf8').catch(() => ''));
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // The number in an old file may be another's by now.
    if (command.includes('test/demo/service.ts')) {
      process.kill(pid, 'SIGTERM');
    }
  }
}

/** What Prometheus asks of them. */
export function serviceRules(): object {
  const down = (name: ServiceName, alert: string) => ({
    alert,
    expr: `up{job="${name}"} == 0`,
    for: '5s',
    labels: { severity: 'critical', host: places[name].host, service: name },
    annotations: { summary: `The service ${name} does not answer` },
  });
  return {
    groups: [
      { name: 'services', interval: '5s', rules: [down('payment', 'PaymentDown'), down('mailer', 'MailerDown')] },
    ],
  };
}

/** One policy acts alone, the other one leaves it to a person. */
function policies(): object {
  const restart = (name: ServiceName, alert: string, mode: string) => ({
    name: `restart-${name}`,
    title: `Restart ${name} when it is down`,
    mode,
    when: { alert: [`alertname="${alert}"`] },
    target: { label: 'host', group: places[name].group },
    do: { playbook: 'restart_service', with: { service: '{service}' } },
    guard: { cooldown: '1m', attempts: 3, failures: { for: '10m' } },
    verify: { healthy: `up{job="{service}"} == 1`, settle: '5s', every: '5s', for: '10s', within: '2m' },
  });
  return { policies: [restart('payment', 'PaymentDown', 'auto'), restart('mailer', 'MailerDown', 'suggest')] };
}

function inventory(folders: Folders, ports: Ports): object {
  const how = (name: ServiceName) => {
    const start = commandOf(name, ports);
    return { manager: 'process', pid_file: pidFileOf(folders, name), start, directory: root, port: ports[name] };
  };
  return {
    all: {
      children: { managed: { children: Object.fromEntries(services.map(groupOf)) } },
      vars: { aiops_services: Object.fromEntries(services.map((name) => [name, how(name)])) },
    },
  };
}

function groupOf(name: ServiceName): [string, object] {
  const { host, group } = places[name];
  return [group, { hosts: { [host]: { ansible_connection: 'local' } } }];
}

/** Only its owner may write what is run: a clone with a wide umask is made narrow. */
async function narrow(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    await (entry.isDirectory() ? narrow(at) : chmod(at, 0o644));
  }
}

/** Writes inventory, playbooks and policies beside the settings in `target`. */
export async function writeServiceFiles(target: string, folders: Folders, ports: Ports): Promise<void> {
  await mkdir(path.join(target, 'inventory'), { recursive: true });
  await mkdir(path.join(target, 'policies'), { recursive: true });
  await writeFile(path.join(target, 'inventory', 'hosts.yaml'), stringify(inventory(folders, ports)));
  await writeFile(path.join(target, 'policies', 'services.yaml'), stringify(policies()));
  await cp(path.join(root, 'provisioning/aiops/playbooks'), path.join(target, 'playbooks'), { recursive: true });
  const manifest = path.join(target, 'playbooks', 'restart_service.manifest.yaml');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace(/^groups: .*$/m, 'groups: [shop, mail]'));
  await narrow(path.join(target, 'inventory'));
  await narrow(path.join(target, 'playbooks'));
}
