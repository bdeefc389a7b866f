import type { Field, FieldConfig, FieldConfigSource, GrafanaTheme2 } from '@grafana/data';

/** The colour of series `index` in the theme's palette; a fixed colour of the field config goes first. */
export function seriesColour(config: FieldConfig | undefined, index: number, theme: GrafanaTheme2): string {
  const fixed = config?.color?.mode === 'fixed' ? config.color.fixedColor : undefined;
  const { palette } = theme.visualization;
  return fixed ?? palette[index % palette.length] ?? theme.colors.primary.main;
}

/** What the standard field options say of a series: its own field's config (overrides applied) or the defaults. */
export function seriesConfig(field: Field | undefined, source: FieldConfigSource): FieldConfig {
  const { displayName: _name, displayNameFromDS: _fromDs, ...config } = field?.config ?? source.defaults;
  return config;
}
