import { readdirSync, readFileSync } from 'node:fs';
import { markName } from './environment.ts';

/** A process for certain: its number alone may come to be another's. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
}

/** A process that belongs to a run. */
export interface RunProcess extends ProcessIdentity {
  readonly session: number;
}

interface ProcessRow extends RunProcess {
  readonly parent: number;
  readonly group: number;
}

/** Identity of the running system: after a boot all numbers mean others. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}

/** Identity of a living process; undefined when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const row = rowOf(pid);
  return row === undefined ? undefined : { pid, startTicks: row.startTicks };
}

export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  return rowOf(pid)?.startTicks === startTicks;
}

/**
 * All living processes of a run: its leader and the leader's group, what carries the run's mark and works for Ansible
 * (newer versions put workers into sessions of their own), and all that these have started. A service that a playbook
 * has started and let go of is none of them.
 * @param sessions in which processes of the run were seen before: what was born there is one too
 */
export function processesOf(
  { leader, mark }: { readonly leader: ProcessIdentity; readonly mark: string },
  sessions: ReadonlySet<number> = new Set()
): readonly RunProcess[] {
  const rows = allRows();
  // Once the leader is gone, its number and so that of its group may have become another's.
  const isLeaderSure = rows.some(({ pid, startTicks }) => pid === leader.pid && startTicks === leader.startTicks);
  const isOurs = ({ pid, group, session }: ProcessRow): boolean =>
    (group === leader.pid && isLeaderSure) ||
    ((group === leader.pid || sessions.has(session)) && isMarked(pid, mark)) ||
    worksFor(pid, mark);
  const found = new Set(rows.filter(isOurs).map(({ pid }) => pid));
  const children = Map.groupBy(rows, ({ parent }) => parent);
  for (const pid of found) {
    children.get(pid)?.forEach((child) => found.add(child.pid));
  }
  return rows.filter(({ pid }) => found.has(pid));
}

/** Marks of all runs of which a process is alive. */
export function livingMarks(): ReadonlySet<string> {
  const marks = allRows().flatMap(({ pid }) =>
    variablesOf(pid)
      .filter((variable) => variable.startsWith(`${markName}=`))
      .map((variable) => variable.slice(markName.length + 1))
  );
  return new Set(marks);
}

function worksFor(pid: number, mark: string): boolean {
  return isMarked(pid, mark) && /ansible/i.test(readText(`/proc/${pid}/cmdline`));
}

function isMarked(pid: number, mark: string): boolean {
  return variablesOf(pid).includes(`${markName}=${mark}`);
}

function variablesOf(pid: number): readonly string[] {
  return readText(`/proc/${pid}/environ`).split('\0');
}

function allRows(): readonly ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => rowOf(Number(name)) ?? []);
}

/** Undefined for one that is gone, or dead and only not yet collected. */
function rowOf(pid: number): ProcessRow | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The name stands in brackets and may hold brackets and blanks itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  const startTicks = Number(fields[19]);
  const isGone = stat === '' || state === 'Z' || state === 'X';
  return isGone || Number.isNaN(startTicks)
    ? undefined
    : { pid, startTicks, parent: Number(parent), group: Number(group), session: Number(session) };
}

/** Processes come and go: what can't be read is not there. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
