import { nearestName, suggestion } from '../../config/nearest.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import { messageOf } from '../../errors.ts';
import type { ActionManifest } from '../engines/automation-engine.ts';
import { checkParameters } from '../engines/parameters.ts';
import { placeholdersOf } from './placeholders.ts';
import type { PolicyFault, PolicyNames } from './policy-names.ts';

/** What is wrong with the action of a policy: engine, playbook, group, tier and parameters, by its manifest. */
export function actionFaults(spec: PolicySpec, { engines }: PolicyNames): readonly PolicyFault[] {
  const engine = spec.do.engine ?? [...engines.keys()][0];
  const manifests = engine === undefined ? undefined : engines.get(engine);
  if (engine === undefined) {
    return [{ path: ['do', 'playbook'], message: 'no engine is set up that could run it; add one under engines' }];
  }
  if (manifests === undefined) {
    const message = `engine "${engine}" does not exist${suggestion(engine, [...engines.keys()])}`;
    return [{ path: ['do', 'engine'], message }];
  }
  const manifest = manifests.find(({ name }) => name === spec.do.playbook);
  if (manifest === undefined) {
    return [{ path: ['do', 'playbook'], message: unknownPlaybook(spec.do.playbook, manifests) }];
  }
  return [...scopeFaults(spec, manifest), ...parameterFaults(spec.do.with, manifest)];
}

function unknownPlaybook(name: string, manifests: readonly ActionManifest[]): string {
  const known = manifests.map((manifest) => manifest.name);
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return `playbook "${name}" does not exist${hint === '' ? '' : hint}; there are: ${known.join(', ')}`;
}

function scopeFaults({ target, mode }: PolicySpec, { name, groups, tier }: ActionManifest): readonly PolicyFault[] {
  const faults: PolicyFault[] = [];
  if (!groups.includes(target.group)) {
    const message = `playbook "${name}" may not act on group "${target.group}", only on ${groups.join(', ')}`;
    faults.push({ path: ['target', 'group'], message });
  }
  if (mode === 'auto' && tier === 'high') {
    const message = `playbook "${name}" is of tier high: two people must agree to each run; use mode approve`;
    faults.push({ path: ['mode'], message });
  }
  return faults;
}

type Values = PolicySpec['do']['with'];

function parameterFaults(values: Values, manifest: ActionManifest): readonly PolicyFault[] {
  const properties = recordOf(manifest.parameters['properties']);
  const required = manifest.parameters['required'];
  const missing = (Array.isArray(required) ? required.map(String) : []).filter((name) => !Object.hasOwn(values, name));
  return [
    ...missing.map((name) => ({ path: ['do', 'with'], message: `playbook "${manifest.name}" needs "${name}"` })),
    ...Object.entries(values).flatMap(([name, value]): PolicyFault[] => {
      const message = valueFault({ name, value, property: properties[name] }, manifest, Object.keys(properties));
      return message === undefined ? [] : [{ path: ['do', 'with', name], message }];
    }),
  ];
}

function valueFault(
  { name, value, property }: { name: string; value: Values[string]; property: unknown },
  manifest: ActionManifest,
  known: readonly string[]
): string | undefined {
  if (property === undefined) {
    return `playbook "${manifest.name}" has no parameter "${name}"${suggestion(name, known)}`;
  }
  const text = typeof value === 'string' ? value : '';
  if (/\{\{|\{%|\{#/.test(text)) {
    return `${name}: a text here is no template of Ansible; write {label} for the value of a label`;
  }
  const { type } = recordOf(property);
  if (placeholdersOf(text).length > 0) {
    // What a label holds is known at the alert only, but it is always a text.
    return type === 'string' ? undefined : `${name}: a label is a text, and this must be of type ${String(type)}`;
  }
  return constantFault(name, value, { manifest, property });
}

function constantFault(
  name: string,
  value: Values[string],
  { manifest, property }: { manifest: ActionManifest; property: unknown }
): string | undefined {
  const parameters = { type: 'object', additionalProperties: false, properties: { [name]: property } };
  try {
    checkParameters({ name: manifest.name, parameters }, { [name]: value });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
