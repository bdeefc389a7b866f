import type { ScopedVars, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { sceneGraph, type SceneObject } from '@grafana/scenes';

declare global {
  interface Window {
    /** The open dashboard; set by @grafana/scenes while a scene is shown. */
    readonly __grafanaSceneContext?: SceneObject;
  }
}

const pattern = /\$(\w+)|\[\[(\w+?)(?::\w+)?\]\]|\$\{(\w+)(?:\.[^:}]+)?(?::[^}]+)?\}/g;

function replaceScoped(text: string, scopedVars: ScopedVars): string {
  return text.replaceAll(pattern, (all, ...names: ReadonlyArray<string | undefined>) => {
    const value: unknown = scopedVars[names.slice(0, 3).find((name) => name !== undefined) ?? '']?.value;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : all;
  });
}

/** `getTemplateSrv()`: variables of the open dashboard, and the scoped ones where no dashboard is open. */
export function createTemplateSrv(): TemplateSrv {
  const variables = (): TypedVariableModel[] => {
    const scene = window.__grafanaSceneContext;
    const found = scene === undefined ? [] : sceneGraph.getVariables(scene).state.variables;
    return found.map(({ state }) => ({ ...state, id: state.name })) as unknown as TypedVariableModel[];
  };
  return {
    getVariables: variables,
    replace: (text = '', scopedVars = {}, format) => {
      // A panel's own scene knows the value it is repeated for; the dashboard does not.
      const own = scopedVars.__sceneObject?.value as { valueOf(): SceneObject } | undefined;
      const scene = own?.valueOf() ?? window.__grafanaSceneContext;
      return scene === undefined
        ? replaceScoped(text, scopedVars)
        : sceneGraph.interpolate(scene, text, scopedVars, format as string);
    },
    containsTemplate: (text = '') => new RegExp(pattern.source).test(text),
    updateTimeRange: () => undefined,
  };
}
