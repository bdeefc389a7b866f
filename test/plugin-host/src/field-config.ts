import {
  displayNameOverrideProcessor,
  FieldColorModeId,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  ThresholdsMode,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
  type FieldConfigPropertyItem,
  type TransformerRegistryItem,
} from '@grafana/data';

const NoEditor = (): null => null;

function property(
  id: string,
  process: FieldConfigPropertyItem['process'],
  defaultValue?: unknown
): FieldConfigPropertyItem {
  return {
    id,
    path: id,
    name: id,
    editor: NoEditor,
    override: NoEditor,
    process,
    shouldApply: () => true,
    settings: {},
    ...(defaultValue === undefined ? {} : { defaultValue }),
  };
}

const thresholds = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: -Infinity, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

const standardOptions = (): FieldConfigPropertyItem[] => [
  property('unit', unitOverrideProcessor),
  property('min', numberOverrideProcessor),
  property('max', numberOverrideProcessor),
  property('decimals', numberOverrideProcessor),
  property('displayName', displayNameOverrideProcessor),
  property('noValue', stringOverrideProcessor),
  property('color', identityOverrideProcessor, { mode: FieldColorModeId.PaletteClassic }),
  property('thresholds', thresholdsOverrideProcessor, thresholds),
  property('mappings', valueMappingsOverrideProcessor, []),
  property('links', identityOverrideProcessor),
  property('actions', identityOverrideProcessor),
  property('filterable', identityOverrideProcessor),
];

const editors = (
  'number slider text strings boolean select radio unit mappings thresholds color fieldColor links actions ' +
  'statsPicker timezone fieldName dashboard-uid multi-select'
).split(' ');

const transformers = (): TransformerRegistryItem[] =>
  Object.values(standardTransformers).map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation: () => Promise.resolve(transformation),
    editor: NoEditor,
    imageDark: '',
    imageLight: '',
  })) as unknown as TransformerRegistryItem[];

/** Fills the registries that are empty outside of Grafana's core; without them `unit`, `color` … of a panel are ignored. */
export function registerFieldOptions(): void {
  standardEditorsRegistry.setInit(() => editors.map((id) => ({ id, name: id, editor: NoEditor })));
  standardFieldConfigEditorRegistry.setInit(standardOptions);
  standardTransformersRegistry.setInit(transformers);
}
