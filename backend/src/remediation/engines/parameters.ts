import { isIPv4, isIPv6 } from 'node:net';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { RE2JS } from 're2js';
import { AppError, messageOf } from '../../errors.ts';
import type { ActionManifest } from './automation-engine.ts';

export type Parameters = Readonly<Record<string, string | number | boolean>>;

const longestText = 4_096;
const mostParameters = 50;

/** Patterns run in linear time: neither a manifest nor a value can make one hang. */
function linearRegExp(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(pattern);
  // Ajv keeps what it compiled under this text: without it every pattern would be the first one.
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}
linearRegExp.code = 'linearRegExp';

const ajv = new Ajv({
  strict: true,
  strictRequired: true,
  allErrors: true,
  useDefaults: true,
  code: { regExp: linearRegExp },
  formats: { ipv4: { validate: isIPv4 }, ipv6: { validate: isIPv6 } },
});

/** Names that would change how Ansible works instead of being data for a playbook. */
const reservedName =
  /^(ansible_.*|heal_alert|hostvars|groups|group_names|inventory_.*|play_hosts|playbook_dir|role_.*|omit|environment|environ|vars|lookup|query|q|item|template.*)$/i;
const parameterName = /^[a-z][a-z0-9_]{0,62}$/i;

interface SchemaFault {
  /** Where in the schema. */
  readonly path: readonly string[];
  readonly message: string;
}

type Property = Readonly<Record<string, unknown>>;

/** What is wrong with a schema of parameters; undefined when it can be relied on. */
export function schemaFault(schema: Readonly<Record<string, unknown>>): SchemaFault | undefined {
  if (schema['type'] !== 'object' || schema['additionalProperties'] !== false) {
    return { path: [], message: 'expected type: object and additionalProperties: false, so that nothing else gets in' };
  }
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Property>);
  if (properties.length > mostParameters) {
    return { path: ['properties'], message: `has ${properties.length} parameters; at most ${mostParameters}` };
  }
  const fault = properties
    .map(([name, property]) => propertyFault(name, property))
    .find((found) => found !== undefined);
  return fault ?? compileFault(schema);
}

function propertyFault(name: string, property: unknown): SchemaFault | undefined {
  const path = ['properties', name];
  if (!parameterName.test(name) || reservedName.test(name)) {
    return { path, message: `"${name}" can't be a parameter: letters, digits and _, and no name of Ansible's own` };
  }
  const { type, ...rest } = (property ?? {}) as Property;
  if (typeof type !== 'string' || !['string', 'integer', 'number', 'boolean'].includes(type)) {
    return { path, message: `"${name}" needs one type: string, integer, number or boolean` };
  }
  const isBounded = ['enum', 'const', 'pattern', 'format', 'anyOf', 'maxLength'].some((key) => key in rest);
  return type === 'string' && !isBounded
    ? { path, message: `"${name}" takes any text; give it a pattern, an enum or a maxLength` }
    : undefined;
}

function compileFault(schema: Readonly<Record<string, unknown>>): SchemaFault | undefined {
  try {
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return { path: [], message: `no usable JSON schema: ${messageOf(error)}` };
  }
}

const compiled = new WeakMap<object, ValidateFunction>();

function validatorOf(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const known = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, known);
  return known;
}

/**
 * Checks parameters against the schema of a manifest.
 * @returns them with the defaults of the schema
 * @throws AppError `invalid_request` that names every fault, never a value
 */
export function checkParameters(
  manifest: Pick<ActionManifest, 'name' | 'parameters'>,
  parameters: Readonly<Record<string, unknown>>
): Parameters {
  const given: Record<string, unknown> = { ...parameters };
  const validate = validatorOf(manifest.parameters);
  const faults = validate(given) ? [] : (validate.errors ?? []).map(faultText);
  const all = [...faults, ...Object.entries(given).flatMap(([name, value]) => valueFaults(name, value))];
  if (all.length > 0) {
    const message = `parameters of ${manifest.name} do not fit its manifest: ${[...new Set(all)].slice(0, 10).join('; ')}`;
    throw new AppError('invalid_request', message);
  }
  return given as Parameters;
}

function valueFaults(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'string') {
    return ['number', 'boolean'].includes(typeof value) ? [] : [`"${name}" must be a text, a number or true or false`];
  }
  if (value.length > longestText) {
    return [`"${name}" is longer than ${longestText} characters`];
  }
  return value.isWellFormed() && !value.includes('\0') ? [] : [`"${name}" is no well-formed text`];
}

function faultText(error: ErrorObject): string {
  const name = error.instancePath.slice(1);
  const params = error.params as Record<string, unknown>;
  const about = (key: string) => JSON.stringify(params[key]);
  switch (error.keyword) {
    case 'additionalProperties':
      return `${about('additionalProperty')} is no parameter`;
    case 'required':
      return `${about('missingProperty')} is missing`;
    case 'enum':
      return `"${name}" must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`;
    default:
      return `"${name}" ${error.message ?? 'does not fit'}`;
  }
}
