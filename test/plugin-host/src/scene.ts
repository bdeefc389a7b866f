import type { PanelMenuItem } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import {
  EmbeddedScene,
  LocalValueVariable,
  MultiValueVariable,
  SceneControlsSpacer,
  SceneDataTransformer,
  sceneGraph,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  VariableValueSelectors,
  VizPanel,
  VizPanelMenu,
  type SceneObject,
} from '@grafana/scenes';
import {
  placePanels,
  type DashboardModel,
  type PanelModel,
  type PlacedPanel,
  type RepeatValue,
} from './dashboard-model.ts';
import { linksAt, menuTitle, panelMenuPoint, type ConfiguredLink } from './extensions.tsx';
import { toVariableSet } from './variables.ts';

interface PanelContext {
  readonly dashboard: DashboardModel;
  readonly placed: PlacedPanel;
}

/** A panel's queries with the data source that each one runs at, variables untouched. */
function targetsOf({ panel }: PlacedPanel): DataQuery[] | undefined {
  return panel.targets?.map((target) => ({ ...target, datasource: target.datasource ?? panel.datasource ?? null }));
}

/** The context that Grafana hands to links in a panel's menu. */
function extensionContext(vizPanel: VizPanel, { dashboard, placed }: PanelContext): object {
  const range = sceneGraph.getTimeRange(vizPanel).state;
  const { repeat, panel } = placed;
  return {
    id: panel.id,
    pluginId: panel.type,
    title: panel.title ?? '',
    timeRange: { from: range.from, to: range.to },
    timeZone: dashboard.timezone ?? 'browser',
    dashboard: { uid: dashboard.uid, title: dashboard.title, tags: dashboard.tags ?? [] },
    targets: targetsOf(placed),
    scopedVars: repeat === undefined ? {} : { [repeat.name]: { value: repeat.value, text: repeat.text } },
    data: panel.targets === undefined ? undefined : sceneGraph.getData(vizPanel).state.data,
  };
}

function menuItem(link: ConfiguredLink): PanelMenuItem {
  return {
    text: menuTitle(link.title),
    ...(link.href === undefined ? {} : { href: link.href }),
    ...(link.onClick === undefined ? {} : { onClick: link.onClick }),
  };
}

/** "Extensions" as Grafana builds it: headed groups for categories first, a divider, then the rest. */
function extensionsMenu(links: readonly ConfiguredLink[]): PanelMenuItem[] {
  const categories = Object.entries(Object.groupBy(links, (link) => link.category ?? ''));
  const groups = categories.filter(([name]) => name !== '');
  const rest = categories.find(([name]) => name === '')?.[1] ?? [];
  return [
    ...groups.map(([text, members]) => ({ text, type: 'group' as const, subMenu: (members ?? []).map(menuItem) })),
    ...(groups.length > 0 && rest.length > 0 ? [{ text: 'divider', type: 'divider' as const }] : []),
    ...rest.map(menuItem),
  ];
}

function fillMenu(context: PanelContext): (menu: VizPanelMenu) => void {
  return (menu) => {
    const vizPanel = sceneGraph.getAncestor(menu, VizPanel);
    const links = linksAt(panelMenuPoint, extensionContext(vizPanel, context));
    const extensions: PanelMenuItem = {
      text: 'Extensions',
      iconClassName: 'plug',
      type: 'submenu',
      subMenu: extensionsMenu(links),
    };
    menu.setItems(links.length === 0 ? [] : [extensions]);
  };
}

function queryRunner(panel: PanelModel): SceneQueryRunner {
  return new SceneQueryRunner({
    queries: [...(panel.targets ?? [])],
    ...(panel.datasource === undefined ? {} : { datasource: panel.datasource }),
    ...(panel.interval === undefined ? {} : { minInterval: panel.interval }),
    ...(panel.maxDataPoints === undefined ? {} : { maxDataPoints: panel.maxDataPoints }),
  });
}

function panelObject(dashboard: DashboardModel, placed: PlacedPanel): VizPanel {
  const { panel, repeat } = placed;
  const data =
    panel.targets === undefined
      ? {}
      : {
          $data: new SceneDataTransformer({
            $data: queryRunner(panel),
            transformations: [...(panel.transformations ?? [])],
          }),
        };
  const timeOverride =
    panel.timeFrom === undefined
      ? {}
      : { $timeRange: new SceneTimeRange({ from: `now-${panel.timeFrom}`, to: 'now' }) };
  const own =
    repeat === undefined
      ? {}
      : { $variables: new SceneVariableSet({ variables: [new LocalValueVariable({ ...repeat })] }) };
  return new VizPanel({
    // The panel learns its id from this key.
    key: `panel-${panel.id}${repeat === undefined ? '' : `-${encodeURIComponent(repeat.value)}`}`,
    title: panel.title ?? '',
    description: panel.description ?? '',
    pluginId: panel.type,
    options: panel.options ?? {},
    fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    displayMode: panel.transparent === true ? 'transparent' : 'default',
    menu: new VizPanelMenu({ $behaviors: [fillMenu({ dashboard, placed })] }),
    ...data,
    ...timeOverride,
    ...own,
  });
}

function gridItem(dashboard: DashboardModel, placed: PlacedPanel): SceneGridItem | SceneGridRow {
  const { x, y, w, h } = placed.position;
  const { panel } = placed;
  if (panel.type === 'row') {
    const folded = (panel.panels ?? []).map((p) => gridItem(dashboard, { panel: p, position: p.gridPos }));
    return new SceneGridRow({
      title: panel.title ?? '',
      y,
      isCollapsed: panel.collapsed === true,
      isCollapsible: panel.collapsed === true,
      children: folded.filter((child) => child instanceof SceneGridItem),
    });
  }
  return new SceneGridItem({ x, y, width: w, height: h, body: panelObject(dashboard, placed) });
}

function valuesOf(scene: SceneObject, name: string): RepeatValue[] {
  const variable = sceneGraph.lookupVariable(name, scene);
  if (!(variable instanceof MultiValueVariable)) {
    return [];
  }
  const values = [variable.getValue()].flat().map(String);
  const { options } = variable.state as MultiValueVariable['state'];
  const text = (value: string): string => options.find((option) => option.value === value)?.label ?? value;
  return values.filter((value) => value !== '').map((value) => ({ name, value, text: text(value) }));
}

/** Lays the panels out, and again when the values of a variable that repeats some of them change. */
function layOutPanels(dashboard: DashboardModel): (grid: SceneGridLayout) => () => void {
  return (grid) => {
    const names = [...new Set(dashboard.panels.flatMap((panel) => panel.repeat ?? []))];
    let shown = '';
    const update = () => {
      const values = names.map((name) => valuesOf(grid, name));
      const key = JSON.stringify(values);
      if (key !== shown) {
        shown = key;
        const placed = placePanels(dashboard.panels, (name) => values[names.indexOf(name)] ?? []);
        grid.setState({ children: placed.map((p) => gridItem(dashboard, p)) });
      }
    };
    const subscriptions = names.map((name) => sceneGraph.lookupVariable(name, grid)?.subscribeToState(update));
    update();
    return () => subscriptions.forEach((subscription) => subscription?.unsubscribe());
  };
}

/** Turns classic dashboard JSON into a scene: what the product's dashboards use of it. */
export function toScene(dashboard: DashboardModel): EmbeddedScene {
  const refresh = typeof dashboard.refresh === 'string' ? { refresh: dashboard.refresh } : {};
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: dashboard.time?.from ?? 'now-6h', to: dashboard.time?.to ?? 'now' }),
    $variables: toVariableSet(dashboard.templating?.list ?? []),
    controls: [
      new VariableValueSelectors({}),
      new SceneControlsSpacer(),
      new SceneTimePicker({}),
      new SceneRefreshPicker({ ...refresh, intervals: ['10s', '30s', '1m', '5m'] }),
    ],
    body: new SceneGridLayout({ isDraggable: false, children: [], $behaviors: [layOutPanels(dashboard)] }),
  });
}
