import type { z } from 'zod';

/** A schema without the layers that only say how it may be left out. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const def = schema.def as { type: string; innerType?: z.ZodType; in?: z.ZodType };
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
    case 'readonly':
      return def.innerType === undefined ? schema : unwrap(def.innerType);
    case 'pipe':
      return def.in === undefined ? schema : unwrap(def.in);
    default:
      return schema;
  }
}

/** Keys of an object schema with their schemas; undefined when it is not an object. */
export function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const def = unwrap(schema).def as { type: string; shape?: Record<string, z.ZodType> };
  return def.type === 'object' ? def.shape : undefined;
}

/** Schema of the items of an array; undefined when it is not an array. */
export function elementOf(schema: z.ZodType): z.ZodType | undefined {
  const def = unwrap(schema).def as { type: string; element?: z.ZodType };
  return def.type === 'array' ? def.element : undefined;
}

/** Alternatives of a union, also of unions in it; the schema itself otherwise. */
export function alternativesOf(schema: z.ZodType): readonly z.ZodType[] {
  const inner = unwrap(schema);
  const def = inner.def as { type: string; options?: readonly z.ZodType[] };
  return def.type === 'union' && def.options !== undefined ? def.options.flatMap(alternativesOf) : [inner];
}

/** All key names that may be written at `path`; empty when nothing is known there. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [head, ...rest] = path;
  const found = alternativesOf(schema).flatMap((alternative) => {
    const shape = shapeOf(alternative);
    if (head === undefined) {
      return Object.keys(shape ?? {});
    }
    const next = typeof head === 'number' ? elementOf(alternative) : shape?.[String(head)];
    return next === undefined ? [] : keysAt(next, rest);
  });
  return [...new Set(found)];
}
