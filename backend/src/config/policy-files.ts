import { z } from 'zod';
import { PolicySpec } from '../contract/remediation/policy.ts';
import type { ProvisionedJob } from '../jobs/provisioned-job.ts';
import { readManifests } from '../remediation/engines/manifest.ts';
import { dependencyCycle, unknownDependencies } from '../remediation/policies/dependency-cycle.ts';
import { policyFaults } from '../remediation/policies/policy-faults.ts';
import type { PolicyFault, PolicyNames } from '../remediation/policies/policy-names.ts';
import type { ProvisionedPolicy } from '../remediation/policies/provisioned-policy.ts';
import { checkSchema } from './check-schema.ts';
import { suggestion } from './nearest.ts';
import type { ConfigProblem } from './problems.ts';
import { resolveEngine } from './resolve-engine.ts';
import type { SettingsFile } from './settings-schema.ts';
import type { YamlFile } from './yaml-file.ts';
import { readYamlFolder } from './yaml-folder.ts';

export interface PolicyFiles {
  readonly policies: readonly ProvisionedPolicy[];
  readonly problems: readonly ConfigProblem[];
}

const PoliciesFile = z.strictObject({ policies: z.array(z.unknown()).max(1_000) });

const example = 'policies:\n  - name: restart-crashed-api\n    when: { alert: [\'alertname="ServiceDown"\'] }\n    …';

/** What policies may name, as the settings and the files of jobs say. @param folder where relative paths start */
export function policyNames(settings: SettingsFile, folder: string, jobs: readonly ProvisionedJob[]): PolicyNames {
  const manifestsOf = (entry: SettingsFile['engines'][number]) => {
    const engine = resolveEngine(entry, folder);
    return readManifests(engine.kind === 'ansible' ? engine.playbooks : engine.actions, engine.kind).manifests;
  };
  return {
    engines: new Map(settings.engines.map((entry) => [entry.name, manifestsOf(entry)])),
    sources: settings.sources.map(({ name }) => name),
    webhooks: settings.webhooks.map(({ name }) => name),
    calendars: settings.calendars.map(({ name }) => name),
    contacts: settings.contacts.map(({ name }) => name),
    jobs: new Map(jobs.map(({ spec }) => [spec.name, spec])),
  };
}

/** A policy with the way to its place in its file. */
interface PlacedPolicy extends ProvisionedPolicy {
  problemAt(fault: PolicyFault): ConfigProblem;
}

/**
 * Reads every `*.yaml` and `*.yml` of a folder; no folder means no policies. Without any engine their actions can't be
 * checked, and they are left aside when the backend starts.
 */
export function readPolicyFiles(folder: string, names: PolicyNames): PolicyFiles {
  const { files, problems } = readYamlFolder(folder, `a file of policies begins\n${example}`);
  const read = files.map(readPolicyFile);
  const policies = read.flatMap((file) => file.policies);
  return {
    policies: policies.map(({ spec, file, line }) => ({ spec, file, line })),
    problems: [
      ...problems,
      ...read.flatMap((file) => file.problems),
      ...duplicates(policies),
      ...policies.flatMap((policy) => faultsOf(policy, names).map((fault) => policy.problemAt(fault))),
      ...dependencyProblems(policies),
    ],
  };
}

function readPolicyFile(file: YamlFile): { policies: readonly PlacedPolicy[]; problems: readonly ConfigProblem[] } {
  const { value, problems } = checkSchema(PoliciesFile, file.value, { file, base: [] });
  const checked = (value?.policies ?? []).map((policy, index) => checkPolicy(file, policy, index));
  return {
    policies: checked.flatMap(({ policy }) => policy ?? []),
    problems: [...problems, ...checked.flatMap((entry) => entry.problems)],
  };
}

function checkPolicy(
  file: YamlFile,
  given: unknown,
  index: number
): { policy?: PlacedPolicy; problems: readonly ConfigProblem[] } {
  const base = ['policies', index];
  const name: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, 'name') : undefined;
  const inPolicy = (message: string) => (typeof name === 'string' ? `policy "${name}": ${message}` : message);
  const { value: spec, problems } = checkSchema(PolicySpec, given, { file, base });
  if (spec === undefined) {
    return { problems: problems.map((problem) => ({ ...problem, message: inPolicy(problem.message) })) };
  }
  const { line } = file.positionOf([...base, 'name']);
  const problemAt = ({ path, message }: PolicyFault): ConfigProblem => {
    return { where: file.file, ...file.positionOf([...base, ...path]), message: inPolicy(message) };
  };
  return { policy: { spec, file: file.file, line, problemAt }, problems: [] };
}

function faultsOf({ spec }: PlacedPolicy, names: PolicyNames): readonly PolicyFault[] {
  const faults = policyFaults(spec, names);
  return names.engines.size === 0 ? faults.filter(({ path }) => path[0] !== 'do') : faults;
}

function dependencyProblems(policies: readonly PlacedPolicy[]): readonly ConfigProblem[] {
  const specs = policies.map(({ spec }) => spec);
  const path = ['guard', 'dependsOn'];
  return policies.flatMap((policy) => {
    const { spec, problemAt } = policy;
    const others = specs.map(({ name }) => name).filter((name) => name !== spec.name);
    const unknown = unknownDependencies(spec, specs).map((name) =>
      problemAt({ path, message: `policy "${name}" does not exist${suggestion(name, others)}` })
    );
    const cycle = dependencyCycle(spec.name, specs);
    const message = `they would wait for each other: ${(cycle ?? []).join(' → ')}`;
    return cycle === undefined ? unknown : [...unknown, problemAt({ path, message })];
  });
}

/** A name stands for one policy: each place after the first is a problem that names the first. */
function duplicates(policies: readonly ProvisionedPolicy[]): readonly ConfigProblem[] {
  const first = new Map<string, ProvisionedPolicy>();
  return policies.flatMap((policy) => {
    const { name } = policy.spec;
    const earlier = first.get(name);
    first.set(name, earlier ?? policy);
    if (earlier === undefined) {
      return [];
    }
    const message = `policy "${name}" is already in ${earlier.file}:${earlier.line}; a name stands for one policy`;
    return [{ where: policy.file, line: policy.line, column: 1, message }];
  });
}
