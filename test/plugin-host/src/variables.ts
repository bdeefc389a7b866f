import type { VariableHide, VariableRefresh, VariableSort } from '@grafana/data';
import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  IntervalVariable,
  QueryVariable,
  SceneVariableSet,
  TextBoxVariable,
  type SceneVariable,
} from '@grafana/scenes';
import type { VariableModel } from './dashboard-model.ts';

type Value = string | string[];

const writable = (value: string | readonly string[] | undefined): Value =>
  typeof value === 'string' ? value : [...(value ?? [])];

function commonState(model: VariableModel) {
  return {
    name: model.name,
    ...(model.label === undefined ? {} : { label: model.label }),
    ...(model.hide === undefined ? {} : { hide: model.hide as VariableHide }),
  };
}

function choiceState(model: VariableModel) {
  const value = model.current?.value;
  const text = model.current?.text;
  return {
    ...commonState(model),
    isMulti: model.multi ?? false,
    includeAll: model.includeAll ?? false,
    ...(model.allValue === undefined || model.allValue === null ? {} : { allValue: model.allValue }),
    ...(value === undefined ? {} : { value: writable(value), text: writable(text ?? value) }),
  };
}

function queryVariable(model: VariableModel): SceneVariable {
  return new QueryVariable({
    ...choiceState(model),
    query: (model.query ?? model.definition ?? '') as string,
    regex: model.regex ?? '',
    ...(model.datasource === undefined ? {} : { datasource: model.datasource }),
    sort: (model.sort ?? 0) as VariableSort,
    refresh: (model.refresh ?? 1) as VariableRefresh,
  });
}

function intervalVariable(model: VariableModel): SceneVariable {
  const intervals = String(model.query ?? '')
    .split(',')
    .map((text) => text.trim());
  const value = String(model.current?.value ?? intervals[0] ?? '');
  return new IntervalVariable({ ...commonState(model), intervals, value });
}

const makers: Readonly<Record<string, (model: VariableModel) => SceneVariable>> = {
  query: queryVariable,
  custom: (model) => new CustomVariable({ ...choiceState(model), query: String(model.query ?? '') }),
  datasource: (model) =>
    new DataSourceVariable({ ...choiceState(model), pluginId: String(model.query ?? ''), regex: model.regex ?? '' }),
  textbox: (model) =>
    new TextBoxVariable({ ...commonState(model), value: String(model.current?.value ?? model.query ?? '') }),
  constant: (model) => new ConstantVariable({ ...commonState(model), value: String(model.query ?? '') }),
  interval: intervalVariable,
};

/** The variables of a dashboard as scene objects; a type that the host does not know is an error. */
export function toVariableSet(models: readonly VariableModel[]): SceneVariableSet {
  const variables = models.map((model) => {
    const make = makers[model.type];
    if (make === undefined) {
      throw new Error(`the host does not draw variables of type ${model.type} ("${model.name}")`);
    }
    return make(model);
  });
  return new SceneVariableSet({ variables });
}
